#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Plain HTTP messages, as the protocol layer makes and reads them and a transport carries them.
namespace scaleset {

/// `del` is DELETE. No call of spec 5 uses `put`.
enum class HttpMethod : std::uint8_t { get, post, patch, put, del };
/// As on the wire: "DELETE".
[[nodiscard]] std::string_view to_string(HttpMethod method) noexcept;

/// Which connections carry the call: a held long poll must never delay a control call.
enum class TrafficClass : std::uint8_t { control, long_poll };

/// Names and values in order. Names in any case; a name may occur more than once.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A request as a transport is to send it. Host, Content-Length and connection headers are the
/// transport's.
struct HttpRequest {
  HttpRequest() = default;
  HttpMethod method = HttpMethod::get;  // spec 5 says which
  std::string url;     // absolute and encoded, http or https; may hold an opaque query
  HeaderList headers;  // may hold credentials: never logged
  /// Bytes as they are, here JSON; empty: none (POST and PATCH say Content-Length: 0).
  std::string body;
  TrafficClass traffic = TrafficClass::control;  // `long_poll` for E16 only
  /// False: sent once, whatever happens. A transport that would send it again by itself, as is
  /// usual on a kept connection that turns out to be dead, answers with an error instead.
  bool may_repeat = true;
  std::chrono::milliseconds timeout{30000};  // of this one attempt, connecting included
};

/// A whole response: headers and the decoded body, at most TransportOptions::max_response_bytes.
struct HttpResponse {
  HttpResponse() = default;
  int status = 0;      // of the final response, 1xx left out
  HeaderList headers;  // all of the final response
  /// After decompression. May begin with a byte order mark (spec 4.3), and may hold tokens: never
  /// logged.
  std::string body;

  /// The value of the first header of that name, any case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

}  // namespace scaleset
