#include <algorithm>

#include "fleet/fleet.hpp"

/// What has to be done because of the time and the demand. This runs after every event.
namespace scaleset::fleet {

void Fleet::reconcile() {
  wake_.reset();
  enforce_limits();
  if (is_emptying()) {
    drain();
  } else {
    trim();
    if (statistics_) {
      suspect();
      tell_of_maximum();
      plan();
      plan_added();
      plan_probe();
      ask();
    }
  }
  reap();
  remove_leftovers();
  watch();
  for (auto const& [name, runner] : runners_) {
    if (runner.deadline) wake_at(*runner.deadline);
  }
  if (auto const next = held_.next()) wake_at(*next);
  if (!requeues_.empty()) wake_at(requeues_.front());
}

bool Fleet::is_due(TimePoint time) noexcept {
  if (time <= now_) return true;
  wake_at(time);
  return false;
}

void Fleet::wake_at(TimePoint time) noexcept { wake_ = wake_ ? std::min(*wake_, time) : time; }

}  // namespace scaleset::fleet
