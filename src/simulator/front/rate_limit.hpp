#pragma once

#include <boost/json/array.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"
#include "simulator/front/fields.hpp"

namespace scaleset::simulator {

/// So many calls in each window of the simulator's clock (spec 8). A window begins with the first
/// call after the last one ended.
struct RateLimit {
  std::string route;  // see covers() in routes.hpp; what it covers is counted together
  std::int64_t limit = 0;
  std::chrono::seconds window{0};
  int status = 403;        // or 429: of a refused call
  bool secondary = false;  // says retry-after, and nothing while there is room
  std::int64_t used = 0;
  Timestamp window_end;

  [[nodiscard]] bool exceeded() const noexcept { return used > limit; }
};

/// Reads {"route", "limit", "windowSeconds", "status", "secondary"}. Errors: invalid_argument,
/// saying what is wrong.
[[nodiscard]] Result<RateLimit> read_rate_limit(Fields fields);

/// The answer to a call that was one too many.
[[nodiscard]] http::ServerResponse limit_exceeded(RateLimit const& limit);
/// x-ratelimit-limit, -remaining, -used, -reset, -resource; for a refusal by a secondary one
/// retry-after.
void add_limit_headers(RateLimit const& limit, Timestamp now, http::ServerResponse& response);

/// One for each route at most. Of several that cover an operation the one set last counts.
class RateLimits {
 public:
  void set(RateLimit limit);
  void clear() noexcept { all_.clear(); }
  /// Counts a call. None: nothing limits it; else how it stands after this call.
  [[nodiscard]] std::optional<RateLimit> count(std::string_view operation, Timestamp now);
  /// Each as read_rate_limit reads it, with "used" and "resetAt".
  [[nodiscard]] boost::json::array view() const;

 private:
  std::vector<RateLimit> all_;
};

}  // namespace scaleset::simulator
