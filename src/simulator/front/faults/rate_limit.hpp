#pragma once

#include <boost/json/array.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/types.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/operation.hpp"

namespace scaleset::simulator {

/// A number of calls that is allowed in each window of the simulator's clock (protocol.md 8). A
/// window begins with the first call after the last window ended.
struct RateLimit {
  std::string route;  // see covers() in parts/operation.hpp; all that it covers is counted together
  std::int64_t limit = 0;
  std::chrono::seconds window{0};
  int status = 403;        // of a refused call; or 429
  bool secondary = false;  // refusals have retry-after; other answers show nothing
  std::int64_t used = 0;
  Timestamp window_end;

  [[nodiscard]] bool exceeded() const noexcept { return used > limit; }
};

/// Reads {"route", "limit", "windowSeconds", "status", "secondary"}. Errors: invalid_argument,
/// saying what is wrong.
[[nodiscard]] Result<RateLimit> read_rate_limit(Fields fields, OperationNames const& names);

/// At most one for each route. If several cover an operation, the most recently set one applies.
class RateLimits {
 public:
  void set(RateLimit limit);
  void clear() noexcept { all_.clear(); }
  /// Counts a call, and returns the limit as it is after this call. None: nothing limits the call.
  [[nodiscard]] std::optional<RateLimit> count(Operation operation, Timestamp now);
  /// The limit on that operation as it is, without counting a call.
  [[nodiscard]] std::optional<RateLimit> find(Operation operation) const;
  /// All of them, in the form that read_rate_limit reads, with "used" and "resetAt".
  [[nodiscard]] boost::json::array view() const;

 private:
  std::vector<RateLimit> all_;
};

}  // namespace scaleset::simulator
