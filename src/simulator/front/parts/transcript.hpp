#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "http/server.hpp"
#include "scaleset/types.hpp"

namespace scaleset::simulator {

/// The body with "***" in place of tokens, JIT configurations and assertions, and otherwise
/// unchanged.
[[nodiscard]] std::string redacted_body(std::string_view body);
/// "Bearer abc" becomes "Bearer ***".
[[nodiscard]] std::string redacted_authorization(std::string_view value);

/// Which exchanges to show, and how.
struct TranscriptQuery {
  std::string operation;              // empty: those of all operations
  std::optional<std::int64_t> after;  // those with a greater number
  std::optional<Timestamp> since;     // those that began then or later
  bool secrets = false;               // whether to show secrets, too
};

/// The latest exchanges with GitHub's namespace, in memory. The oldest are forgotten when there are
/// more than `most` or they are larger than `most_bytes` together: dropped() counts those.
class Transcript {
 public:
  explicit Transcript(std::size_t most = 10000, std::size_t most_bytes = 64U << 20U)
      : most_(most), most_bytes_(most_bytes) {}

  void add(std::string_view operation, http::ServerRequest request, http::ServerResponse response,
           Timestamp begin, std::chrono::milliseconds duration);
  /// JSON lines, oldest first, of
  /// {"number","time","operation","method","target","requestHeaders":[[name, value],...],
  ///  "requestBody","status","responseHeaders","responseBody","durationMilliseconds","dropped"}.
  /// Numbers count up from 1 in the order of answering. Text that is not UTF-8 is shown with "?"
  /// for bytes that are not ASCII, and a body of that sort also as "requestBodyBase64" or
  /// "responseBodyBase64".
  [[nodiscard]] std::string text(TranscriptQuery const& query = {}) const;
  void clear() noexcept;
  [[nodiscard]] std::int64_t dropped() const noexcept { return dropped_; }

 private:
  struct Exchange {
    std::int64_t number = 0;
    std::string operation;
    http::ServerRequest request;
    http::ServerResponse response;
    Timestamp begin;
    std::chrono::milliseconds duration{0};
    std::size_t size = 0;
  };
  [[nodiscard]] static std::string line(Exchange const& exchange, bool secrets);
  void forget_oldest();

  std::size_t most_;
  std::size_t most_bytes_;
  std::deque<Exchange> exchanges_;
  std::size_t bytes_ = 0;
  std::int64_t next_number_ = 1;
  std::int64_t dropped_ = 0;
};

}  // namespace scaleset::simulator
