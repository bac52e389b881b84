#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fleet/options.hpp"
#include "fleet/runner.hpp"

namespace scaleset::fleet {

/// What the service asks for. `assigned` includes running jobs (spec 6.6); `settled` of them ended
/// here already, though their messages have not arrived.
struct Demand {
  std::int64_t assigned = 0;
  int settled = 0;

  /// Never negative, whatever the service sends.
  [[nodiscard]] std::int64_t jobs() const noexcept;
};

/// clamp(jobs + min, 0, max).
[[nodiscard]] int target_runners(Demand const& demand, Options const& options) noexcept;

/// How many runners to plan now: the deficit, as far as there is room below the maximum and a free
/// `slot` for the call. Retiring runners may turn out to be busy, so that their room is not free
/// yet.
[[nodiscard]] int runners_to_plan(Counts const& counts, int target, int slots,
                                  Options const& options) noexcept;

/// Idle runners that were never used, oldest first, of any age: those that may be surplus.
[[nodiscard]] std::vector<std::string> spares(Runners const& runners);

/// How many idle runners are too many. None while jobs wait for a runner (B3).
[[nodiscard]] int surplus_runners(Counts const& counts, Demand const& demand,
                                  Options const& options) noexcept;

}  // namespace scaleset::fleet
