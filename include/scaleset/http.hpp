#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Plain HTTP messages: the protocol layer makes and reads them, a transport carries them.
namespace scaleset::inline v0 {

/// `del` is DELETE. No call of protocol.md 5 uses `put`.
enum class HttpMethod : std::uint8_t { get, post, patch, put, del };
/// The method as it is sent: "DELETE".
[[nodiscard]] std::string_view to_string(HttpMethod method) noexcept;

/// Which connections carry the call. A held long poll must never delay a control call.
enum class TrafficClass : std::uint8_t { control, long_poll };

/// Names and values in order. Names in any case; a name may occur more than once.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A request for a transport to send. The transport adds Host, Content-Length and the headers
/// of the connection.
struct HttpRequest {
  HttpRequest() = default;
  HttpMethod method = HttpMethod::get;  // protocol.md 5 says which
  std::string url;     // absolute and encoded, http or https; its query may hold credentials
  HeaderList headers;  // may hold credentials: never logged
  /// Sent as it is; the library sends JSON. If empty, there is no body (POST and PATCH then send
  /// Content-Length: 0).
  std::string body;
  TrafficClass traffic = TrafficClass::control;  // `long_poll` for E16 only
  /// If false, the request must be sent only once, whatever happens. A transport that would send it
  /// again by itself, as is usual when a kept connection turns out to be dead, must return an error
  /// instead.
  bool may_repeat = true;
  std::chrono::milliseconds timeout{30000};  // of this one attempt, connecting included
};

/// A whole response: headers and the decoded body, at most TransportOptions::max_response_bytes.
struct HttpResponse {
  HttpResponse() = default;
  int status = 0;      // of the final response, not of a 1xx before it
  HeaderList headers;  // of the final response
  /// After decompression. May begin with a byte order mark (protocol.md 4.3), and may hold tokens:
  /// never logged.
  std::string body;

  /// The value of the first header of that name, any case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

}  // namespace scaleset::inline v0
