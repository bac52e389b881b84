#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/byte_stream.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/http.hpp"

namespace scaleset::http {

/// One request over a connection of its own, whose answer is read piece by piece while the server
/// makes it: the events of an engine, or its progress. It may also ask the server for the
/// connection itself (`upgrade`), which then carries bytes in both directions. What
/// make_curl_transport() does beyond that (proxies, redirects, kept connections) has no use here.
class StreamingCall {
 public:
  struct Request {
    Request() = default;
    Request(std::string its_method, std::string its_target)
        : method(std::move(its_method)), target(std::move(its_target)) {}
    std::string method;  // "GET"
    std::string target;  // path[?query], encoded
    HeaderList headers;  // besides Host, Connection and Content-Length; may hold credentials
    std::string body;
    std::string upgrade;  // the protocol that is asked for, such as "tcp"; empty: none
  };
  using Duration = std::chrono::milliseconds;

  /// Connects, sends the request and reads the head of the answer, whatever its status, all within
  /// `longest`. Errors: those of connect(); network, if the connection ends before; timeout;
  /// malformed_response; cancelled.
  [[nodiscard]] static Task<std::unique_ptr<StreamingCall>> begin(
      boost::asio::any_io_executor executor, ServerAddress address, Resolver* resolver,
      Request request, Duration longest);
  StreamingCall(StreamingCall const&) = delete;
  StreamingCall& operator=(StreamingCall const&) = delete;
  /// Ends the connection. No call may be under way.
  ~StreamingCall();

  [[nodiscard]] int status() const noexcept;
  /// The value of the first header of that name, in any case; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  /// Whether the connection is the caller's now (status 101).
  [[nodiscard]] bool is_upgraded() const noexcept;
  /// The next piece of the body, or of what comes over an upgraded connection; an empty one is the
  /// end. Errors: network, if the connection ends before the body does; timeout, if nothing comes
  /// for `longest`; malformed_response; cancelled.
  [[nodiscard]] Task<std::string> read_some(Duration longest);
  /// The rest of the body. Errors: as above; malformed_response, if that is more than `most` bytes.
  [[nodiscard]] Task<std::string> read_rest(std::size_t most, Duration longest);
  /// Over an upgraded connection. `text` must outlive the call. Errors: network, timeout,
  /// cancelled.
  [[nodiscard]] Task<void> write(std::string_view text, Duration longest);

 private:
  struct Impl;
  explicit StreamingCall(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::http
