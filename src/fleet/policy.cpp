#include "fleet/policy.hpp"

#include <algorithm>

namespace scaleset::fleet {

std::int64_t Demand::jobs() const noexcept {
  return std::max<std::int64_t>(0, assigned) -
         std::min<std::int64_t>(ended_here, std::max<std::int64_t>(0, assigned));
}

int target_runners(Demand const& demand, Options const& options) noexcept {
  std::int64_t const max = std::max(0, options.max_runners);
  // Limited before the addition, so that a huge count cannot overflow.
  std::int64_t const jobs = std::min(demand.jobs(), max);
  return static_cast<int>(std::clamp<std::int64_t>(jobs + options.min_runners, 0, max));
}

int runners_to_plan(Counts const& counts, int target, int slots, Options const& options) noexcept {
  int const room = options.max_runners - counts.useful() - counts.retiring;
  return std::max(0, std::min({target - counts.useful(), room, slots}));
}

std::vector<std::string> spares(Runners const& runners) {
  std::vector<Runners::const_pointer> idle;
  for (auto const& entry : runners) {
    if (entry.second.state == RunnerState::idle && !entry.second.used) idle.push_back(&entry);
  }
  std::ranges::stable_sort(idle, {}, [](auto const* entry) { return entry->second.idle_since; });
  std::vector<std::string> names;
  names.reserve(idle.size());
  for (auto const* entry : idle) names.push_back(entry->first);
  return names;
}

int surplus_runners(Counts const& counts, Demand const& demand, Options const& options) noexcept {
  if (demand.jobs() > counts.busy) return 0;
  // Planned and starting runners do not count here, because they may never become ready.
  return std::max(0, counts.idle + counts.busy - target_runners(demand, options));
}

}  // namespace scaleset::fleet
