#include "fleet/policy.hpp"

#include <algorithm>
#include <cmath>

namespace scaleset::fleet {

std::int64_t Demand::jobs() const noexcept {
  // Each step keeps to what is left, so that a huge count cannot overflow.
  std::int64_t const known = std::max<std::int64_t>(0, assigned);
  std::int64_t const alive = known - std::min(std::max<std::int64_t>(0, held), known);
  return alive - std::min(std::max<std::int64_t>(0, phantom), alive);
}

int spare_runners(int busy, Options const& options) noexcept {
  double const max = std::max(0, options.max_runners);
  double const share = std::ceil(std::max(0, busy) * options.idle_factor);
  // More than the maximum are never wanted. Written so that no number is too large for an int.
  return std::max(options.min_idle, static_cast<int>(std::clamp(share, 0.0, max)));
}

int target_runners(Demand const& demand, int spare, Options const& options) noexcept {
  std::int64_t const max = std::max(0, options.max_runners);
  std::int64_t const min = std::clamp<std::int64_t>(options.min_total, 0, max);
  // Limited before the addition, so that a huge count cannot overflow.
  std::int64_t const jobs = std::min(demand.jobs(), max);
  return static_cast<int>(std::clamp<std::int64_t>(jobs + spare, min, max));
}

int runners_to_plan(Counts const& counts, int target, int slots, Options const& options) noexcept {
  int const room = options.max_runners - counts.useful() - counts.retiring;
  int const bound = 2 * std::min(options.max_runners, 1'000'000) - counts.instances();
  return std::max(0, std::min({target - counts.useful(), room, bound, slots}));
}

std::vector<std::string> spares(Runners const& runners) {
  std::vector<Runners::const_pointer> idle;
  for (auto const& entry : runners) {
    if (entry.second.state == RunnerState::idle && !entry.second.used && !entry.second.condemned)
      idle.push_back(&entry);
  }
  std::ranges::stable_sort(idle, {}, [](auto const* entry) { return entry->second.idle_since; });
  std::vector<std::string> names;
  names.reserve(idle.size());
  for (auto const* entry : idle) names.push_back(entry->first);
  return names;
}

int surplus_runners(Counts const& counts, Demand const& demand, int spare,
                    Options const& options) noexcept {
  if (demand.jobs() > counts.busy) return 0;
  // Planned and starting runners do not count here, because they may never become ready.
  return std::max(0, counts.idle + counts.busy - target_runners(demand, spare, options));
}

Duration warning_age(Duration limit) noexcept {
  return limit - std::min(limit / 10, Duration(std::chrono::minutes{5}));
}

}  // namespace scaleset::fleet
