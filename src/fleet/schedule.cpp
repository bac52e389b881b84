#include "fleet/schedule.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>

namespace scaleset::fleet {
namespace {

using date::floor;
using date::local_days;
using std::chrono::days;

constexpr days kHorizon{365};

/// The moment at which clocks of the zone show a time first.
WallTime moment_of(date::time_zone const& zone, local_days day, std::chrono::minutes minute) {
  date::local_seconds const local = day + minute;
  auto const info = zone.get_info(local);
  // Clocks go from the first offset to the second at the moment `first.end`.
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return WallTime(local.time_since_epoch() - info.first.offset);
}

std::chrono::year_month_day date_of(local_days day) {
  return std::chrono::sys_days(day.time_since_epoch());
}

local_days local_day(Window const& window, WallTime moment) {
  return floor<days>(window.zone->to_local(moment));
}

/// When the window opened last: at `now` at the latest, and later than `after`.
std::optional<WallTime> last_opening(Window const& window, WallTime now, WallTime after) {
  local_days const earliest = local_day(window, after) - days(1);
  for (local_days day = local_day(window, now) + days(1); day >= earliest; day -= days(1)) {
    if (!window.cron.has_day(date_of(day))) continue;
    for (auto minute = window.cron.last_minute(std::chrono::hours(24)); minute;
         minute = window.cron.last_minute(*minute - std::chrono::minutes(1))) {
      WallTime const opening = moment_of(*window.zone, day, *minute);
      if (opening > now) continue;
      if (opening > after) return opening;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

/// When the window opens next, later than `now`; no value if that is beyond the horizon.
std::optional<WallTime> next_opening(Window const& window, WallTime now) {
  local_days const first = local_day(window, now) - days(1);
  for (local_days day = first; day <= first + kHorizon; day += days(1)) {
    if (!window.cron.has_day(date_of(day))) continue;
    for (auto minute = window.cron.first_minute(std::chrono::minutes(0)); minute;
         minute = window.cron.first_minute(*minute + std::chrono::minutes(1))) {
      WallTime const opening = moment_of(*window.zone, day, *minute);
      if (opening > now) return opening;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<date::time_zone const*> find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (std::exception const&) {
    return fail(ErrorCode::invalid_argument,
                "there is no time zone \"" + std::string(name) +
                    "\" on this machine; use a name such as \"Europe/Berlin\" or \"UTC\", and "
                    "install the package tzdata if it is missing");
  }
}

InForce Schedule::at(WallTime now) const {
  InForce result;
  result.until = now + kHorizon;
  for (Window const& window : windows_) {
    auto const length = std::chrono::ceil<std::chrono::seconds>(window.length);
    auto const opened = last_opening(window, now, now - length);
    if (opened) {
      result.limits = window.limits;
      result.cron = window.cron.text();
      result.zone = window.zone->name();
      result.until = *opened + length;  // those before it do not count until then
    }
    if (auto const next = next_opening(window, now)) result.until = std::min(result.until, *next);
  }
  return result;
}

Options with_limits(Options options, ScheduledLimits const& limits) {
  options.min_idle = limits.min_idle.value_or(options.min_idle);
  options.min_total = limits.min_total.value_or(options.min_total);
  options.max_runners = limits.max_runners.value_or(options.max_runners);
  return options;
}

}  // namespace scaleset::fleet
