#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/certificates.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/http.hpp"

namespace scaleset::http {

struct ServerRequest {
  ServerRequest() = default;
  std::string method;  // "GET"
  std::string target;  // path[?query], as sent
  HeaderList headers;
  std::string body;
  [[nodiscard]] std::string_view header(
      std::string_view name) const noexcept;  // any case; empty: none
};

struct ServerResponse {
  ServerResponse() = default;
  int status = 200;
  HeaderList headers;  // Content-Length, Connection and Server are the server's business
  std::string body;
  /// Close the connection without an answer: what a crashed or unreachable service looks like.
  bool drop_connection = false;
  /// More than zero: the body is sent in ten pieces over this time, as by a slow service.
  std::chrono::milliseconds body_takes{0};
};

/// Answers one request. Spawned with throwing on cancellation switched off; cancelled (terminal)
/// when the peer goes away or the server stops: a held poll should end then, its answer is not
/// sent.
using ServerHandler = std::function<boost::asio::awaitable<ServerResponse>(ServerRequest)>;

struct ServerOptions {
  std::size_t max_body_bytes = 16U << 20U;
  std::chrono::milliseconds idle_timeout{
      60000};  // for a request to arrive in full, and for an answer to be taken
  /// TLS with that certificate (HTTP/1.1 inside; no ALPN). None: plain.
  std::optional<Identity> identity;
};

/// A small HTTP/1.1 server (Beast) on one executor of one thread, with keep-alive and, if wanted,
/// TLS. Bad requests are answered with 400, an exception from the handler with 500; neither ends
/// the server.
class Server {
 public:
  /// Errors: io ("cannot listen on 127.0.0.1:8080: address in use"), invalid_argument (the
  /// certificate cannot be used). Port 0: the system chooses.
  static Result<std::unique_ptr<Server>> listen(boost::asio::any_io_executor executor,
                                                std::string const& address, std::uint16_t port,
                                                ServerHandler handler, ServerOptions options = {},
                                                std::shared_ptr<LogSink> log = nullptr);
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;
  /// stop() must have been awaited.
  ~Server();

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Stops accepting, cancels what is under way, closes all connections, and waits until nothing
  /// runs any more.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace scaleset::http
