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
      std::string_view name) const noexcept;  // in any case; empty if there is none
};

struct ServerResponse {
  ServerResponse() = default;
  int status = 200;
  HeaderList headers;  // the server sets Content-Length, Connection and Server itself
  std::string body;
  /// Close the connection without an answer, as a crashed or unreachable service would.
  bool drop_connection = false;
  /// If more than zero, the body is sent in ten pieces over this time, as a slow service would.
  std::chrono::milliseconds body_takes{0};
};

/// Answers one request. Cancellation does not throw in it (throw_if_cancelled is off). It is
/// cancelled (terminal) when the peer goes away or the server stops: a held poll should end then,
/// and its answer is not sent.
using ServerHandler = std::function<boost::asio::awaitable<ServerResponse>(ServerRequest)>;

struct ServerOptions {
  std::size_t max_body_bytes = 16U << 20U;
  /// How long a request may take to arrive in full, and an answer to be received.
  std::chrono::milliseconds idle_timeout{60000};
  /// If set, the server speaks TLS with this certificate (HTTP/1.1 only, no ALPN).
  std::optional<Identity> identity;
};

/// A small HTTP/1.1 server (Beast) on an executor with one thread, with keep-alive and optional
/// TLS. A bad request is answered with 400, an exception from the handler with 500; neither ends
/// the server.
class Server {
 public:
  /// Errors: io ("cannot listen on 127.0.0.1:8080: address in use"), invalid_argument (the
  /// certificate cannot be used). For port 0 the system chooses a free port.
  static Result<std::unique_ptr<Server>> listen(boost::asio::any_io_executor executor,
                                                std::string const& address, std::uint16_t port,
                                                ServerHandler handler, ServerOptions options = {},
                                                std::shared_ptr<LogSink> log = nullptr);
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;
  /// Stops the server if stop() was not called, but does not wait for the connections to end.
  ~Server();

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Stops accepting, cancels the running handlers, closes all connections, and returns when
  /// everything has ended.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace scaleset::http
