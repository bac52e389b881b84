#include "fleet/gap_watch.hpp"

#include <algorithm>

namespace scaleset::fleet {
namespace {

constexpr std::chrono::minutes kReassignment{1};

/// Whether the service should have given it a job by now, if any job waits.
bool is_passed_over(Runner const& runner, TimePoint now, Duration window) noexcept {
  return runner.state == RunnerState::idle && !runner.condemned &&
         runner.idle_since + window <= now;
}

}  // namespace

bool GapWatch::report(std::int64_t assigned, std::int64_t running) noexcept {
  if (assigned == assigned_ && running == running_) return false;
  GapWatch anew;
  anew.assigned_ = assigned;
  anew.running_ = running;
  // What was given up is not held against the runners that waited for it.
  if (phantom_ == 0) anew.waiting_since_ = waiting_since_;
  anew.none_since_ = none_since_;
  *this = anew;
  return true;
}

bool GapWatch::got_job(Runner const& runner, TimePoint now, Duration window) noexcept {
  if (!is_passed_over(runner, now, window)) return false;
  waiting_since_.reset();
  return true;
}

void GapWatch::waits(std::int64_t gap, TimePoint now) noexcept {
  if (gap > 0) {
    if (!waiting_since_) waiting_since_ = now;
    none_since_.reset();
    return;
  }
  if (!none_since_) none_since_ = now;
  if (now >= *none_since_ + kReassignment) waiting_since_.reset();
}

std::vector<std::string> GapWatch::suspects(std::int64_t gap, Runners const& runners, TimePoint now,
                                            Duration window) {
  if (phantom_ > 0 || replaced_ >= gap || !waiting_since_ || now < *waiting_since_ + window)
    return {};
  std::vector<Runners::const_pointer> found;
  for (auto const& entry : runners) {
    Runner const& runner = entry.second;
    bool const is_replacement = first_at_ && runner.planned_at >= *first_at_;
    if (is_passed_over(runner, now, window) && !runner.suspect && !is_replacement)
      found.push_back(&entry);
  }
  std::ranges::stable_sort(found, {}, [](auto const* entry) { return entry->second.idle_since; });
  std::vector<std::string> names;
  for (auto const* entry : found) {
    if (replaced_ >= gap) break;
    ++replaced_;
    names.push_back(entry->first);
  }
  if (names.empty()) return names;
  if (!first_at_) first_at_ = now;
  last_at_ = now;
  return names;
}

bool GapWatch::is_hopeless(Runners const& runners, TimePoint now, Duration window) const noexcept {
  if (!first_at_ || now < last_at_ + window) return false;
  // The replacements may never become idle, if the backend cannot start them, for example.
  if (now >= last_at_ + 2 * window) return true;
  return std::ranges::any_of(runners, [&](auto const& entry) {
    return entry.second.planned_at >= *first_at_ && is_passed_over(entry.second, now, window);
  });
}

std::optional<TimePoint> GapWatch::next(std::int64_t gap, Runners const& runners, TimePoint now,
                                        Duration window) const noexcept {
  std::optional<TimePoint> next;
  auto const consider = [&](TimePoint time) {
    if (time > now) next = next ? std::min(*next, time) : time;
  };
  if (gap <= 0 || phantom_ > 0) return next;
  for (auto const& [name, runner] : runners) {
    if (runner.state != RunnerState::idle || runner.condemned) continue;
    consider(std::max(waiting_since_.value_or(now), runner.idle_since) + window);
  }
  if (!first_at_) return next;
  consider(last_at_ + window);
  consider(last_at_ + 2 * window);
  return next;
}

}  // namespace scaleset::fleet
