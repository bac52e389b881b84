#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fleet/options.hpp"
#include "fleet/runner.hpp"

namespace scaleset::fleet {

/// How many jobs need a runner.
struct Demand {
  std::int64_t assigned = 0;  // the service's number, which includes running jobs (protocol.md 6.6)
  std::int64_t held = 0;      // jobs among these whose runner has ended already (HeldJobs)
  std::int64_t phantom = 0;   // jobs among these that do not seem to exist (GapWatch)

  /// Never negative, whatever the service sends.
  [[nodiscard]] std::int64_t jobs() const noexcept;
};

/// How many idle runners there should be besides those that the jobs need:
/// max(min_idle, busy x idle_factor), rounded up.
[[nodiscard]] int spare_runners(int busy, Options const& options) noexcept;

/// How many useful runners there should be: clamp(jobs + spare, min_total, max).
[[nodiscard]] int target_runners(Demand const& demand, int spare, Options const& options) noexcept;

/// How many runners to plan now: as many as are missing, but not more than fit below the maximum,
/// and not more than `slots`. A retiring runner still takes room below the maximum, because it may
/// turn out to be busy. All that have an instance, whether they are useful or not, stay below twice
/// the maximum.
[[nodiscard]] int runners_to_plan(Counts const& counts, int target, int slots,
                                  Options const& options) noexcept;

/// The names of the idle runners that never had a job, oldest first: those that may be surplus.
/// Their age is not looked at.
[[nodiscard]] std::vector<std::string> spares(Runners const& runners);

/// How many idle runners are not needed; 0 while jobs wait for a runner (B3).
[[nodiscard]] int surplus_runners(Counts const& counts, Demand const& demand, int spare,
                                  Options const& options) noexcept;

/// The age at which a runner or a job is warned of that has a limit: when a tenth of the limit is
/// left, but never more than 5 minutes before it.
[[nodiscard]] Duration warning_age(Duration limit) noexcept;

}  // namespace scaleset::fleet
