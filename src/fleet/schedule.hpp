#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/cron.hpp"
#include "fleet/options.hpp"
#include "scaleset/error.hpp"

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): of a library
}

namespace scaleset::fleet {

using WallTime = std::chrono::sys_seconds;

/// Finds a time zone of the system's database, such as "Europe/Berlin". It lives as long as the
/// program. Errors: invalid_argument, if there is no such zone or no database.
[[nodiscard]] Result<date::time_zone const*> find_zone(std::string_view name);

/// Limits that replace those of a scale set while a window is open. What has no value is not
/// replaced.
struct ScheduledLimits {
  std::optional<int> min_idle;
  std::optional<int> min_total;
  std::optional<int> max_runners;
  friend bool operator==(ScheduledLimits const&, ScheduledLimits const&) = default;
};

/// Opens at each time that `cron` gives on the clocks of `zone`, and closes when `length` has
/// passed. A time that clocks leave out when they are put forward is replaced by the first one that
/// exists; one that they show twice opens the window the first time only.
struct Window {
  Cron cron;
  Duration length;
  date::time_zone const* zone;
  ScheduledLimits limits;
  friend bool operator==(Window const&, Window const&) = default;
};

/// What is in force at a time, and until when nothing changes at least.
struct InForce {
  ScheduledLimits limits;
  WallTime until;
  std::string cron;  // of the window that counts, as it was written; empty: none is open
  std::string zone;  // of its clocks
};

/// When limits of a scale set are replaced. If several windows are open, the last one in the list
/// counts, and it alone.
class Schedule {
 public:
  Schedule() = default;
  explicit Schedule(std::vector<Window> windows) : windows_(std::move(windows)) {}
  /// `until` is at most a year after `now`.
  [[nodiscard]] InForce at(WallTime now) const;
  [[nodiscard]] bool empty() const noexcept { return windows_.empty(); }
  friend bool operator==(Schedule const&, Schedule const&) = default;

 private:
  std::vector<Window> windows_;
};

/// The options with the limits replaced. If the limits contradict each other, the maximum counts.
[[nodiscard]] Options with_limits(Options options, ScheduledLimits const& limits);

}  // namespace scaleset::fleet
