#include "fleet/held_jobs.hpp"

#include <algorithm>
#include <utility>

namespace scaleset::fleet {

void HeldJobs::hold(std::string runner, std::string job, TimePoint until) {
  if (std::ranges::any_of(jobs_, [&](HeldJob const& each) { return each.runner == runner; }))
    return;
  jobs_.push_back({std::move(runner), std::move(job), until});
}

bool HeldJobs::complete(std::string_view runner, std::string_view job) {
  return std::erase_if(jobs_, [&](HeldJob const& each) {
           return each.runner == runner || (!job.empty() && each.id == job);
         }) > 0;
}

void HeldJobs::release(std::int64_t count) {
  auto const released = std::clamp<std::int64_t>(count, 0, size());
  jobs_.erase(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(released));
}

int HeldJobs::expire(TimePoint now) {
  return static_cast<int>(
      std::erase_if(jobs_, [now](HeldJob const& each) { return each.until <= now; }));
}

std::optional<TimePoint> HeldJobs::next() const noexcept {
  if (jobs_.empty()) return std::nullopt;
  return std::ranges::min_element(jobs_, {}, &HeldJob::until)->until;
}

}  // namespace scaleset::fleet
