#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fleet/options.hpp"
#include "fleet/runner.hpp"

namespace scaleset::fleet {

/// How many jobs need a runner. `assigned` is the service's number, which includes running jobs
/// (protocol.md 6.6). `ended_here` of these have already ended here, but the messages that say so
/// have not arrived.
struct Demand {
  std::int64_t assigned = 0;
  int ended_here = 0;

  /// Never negative, whatever the service sends.
  [[nodiscard]] std::int64_t jobs() const noexcept;
};

/// How many useful runners there should be: clamp(jobs + min, 0, max).
[[nodiscard]] int target_runners(Demand const& demand, Options const& options) noexcept;

/// How many runners to plan now: as many as are missing, but not more than fit below the maximum,
/// and not more than `slots`. A retiring runner still takes room below the maximum, because it may
/// turn out to be busy.
[[nodiscard]] int runners_to_plan(Counts const& counts, int target, int slots,
                                  Options const& options) noexcept;

/// The names of the idle runners that never had a job, oldest first: those that may be surplus.
/// Their age is not looked at.
[[nodiscard]] std::vector<std::string> spares(Runners const& runners);

/// How many idle runners are not needed; 0 while jobs wait for a runner (B3).
[[nodiscard]] int surplus_runners(Counts const& counts, Demand const& demand,
                                  Options const& options) noexcept;

}  // namespace scaleset::fleet
