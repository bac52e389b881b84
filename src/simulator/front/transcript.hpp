#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "http/server.hpp"
#include "scaleset/types.hpp"

namespace scaleset::simulator {

/// A body as it may be shown: tokens, JIT configurations and assertions replaced by "***", and no
/// longer than 4,096 characters.
[[nodiscard]] std::string redacted_body(std::string_view body);
/// "Bearer abc" becomes "Bearer ***".
[[nodiscard]] std::string redacted_authorization(std::string_view value);

/// The latest exchanges with GitHub's namespace, one JSON text each, without secrets. Holds at most
/// `limit`.
class Transcript {
 public:
  explicit Transcript(std::size_t limit = 10000) : limit_(limit) {}

  /// {"time","operation","method","target","requestHeaders","requestBody","status","responseHeaders","responseBody",
  ///  "durationMilliseconds","dropped"}
  void add(std::string_view operation, http::ServerRequest const& request,
           http::ServerResponse const& response, Timestamp begin,
           std::chrono::milliseconds duration);
  /// JSON lines, oldest first.
  [[nodiscard]] std::string text() const;

 private:
  std::size_t limit_;
  std::deque<std::string> lines_;
};

}  // namespace scaleset::simulator
