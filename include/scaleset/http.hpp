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

enum class HttpMethod : std::uint8_t { get, post, patch, put, del };
[[nodiscard]] std::string_view to_string(HttpMethod method) noexcept;

/// Which connections carry the call: a held long poll must never delay a control call.
enum class TrafficClass : std::uint8_t { control, long_poll };

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  HttpRequest() = default;
  HttpMethod method = HttpMethod::get;
  std::string url;
  HeaderList headers;  // may hold credentials: never logged
  std::string body;
  TrafficClass traffic = TrafficClass::control;
  /// False: sent once, whatever happens. A transport that would send it again by itself, as is
  /// usual on a kept connection that turns out to be dead, answers with an error instead.
  bool may_repeat = true;
  std::chrono::milliseconds timeout{30000};  // of this one attempt, connecting included
};

struct HttpResponse {
  HttpResponse() = default;
  int status = 0;
  HeaderList headers;
  std::string body;

  /// The value of the first header of that name, any case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

}  // namespace scaleset
