#include <algorithm>
#include <utility>

#include "fleet/fleet.hpp"

/// Which living runners are ended, and how their registrations are removed.
namespace scaleset::fleet {

void Fleet::drain() {
  for_each([this](std::string const& name, Runner& runner) {
    if (runner.state == RunnerState::planned && runner.step != StartStep::asked)
      return forget(name);
    bool const waiting = runner.state == RunnerState::starting || runner.state == RunnerState::idle;
    if (waiting) retire(name, runner, "draining", Purpose::safe);
  });
}

void Fleet::trim() {
  int slots = removal_slots();
  retire_condemned(slots);
  if (statistics_) {  // without them every runner would look surplus
    retire_cancelled(slots);
    retire_old(slots);
    retire_spares(slots);
    retire_outdated(slots);
  }
}

// Only a few at a time, since the service limits how many calls we may make. How fast they go after
// each other is up to the service.
int Fleet::removal_slots() const noexcept {
  if (is_emptying()) return static_cast<int>(runners_.size());
  return options_.parallel_removals - counts().retiring;
}

void Fleet::retire_condemned(int& slots) {
  for (auto& [name, runner] : runners_) {
    bool const waiting = runner.state == RunnerState::starting || runner.state == RunnerState::idle;
    if (!runner.condemned || !waiting || slots <= 0) continue;
    if (retire(name, runner, "its scale set is not served any more", Purpose::safe)) --slots;
  }
}

// A runner that was given a job which was then cancelled may have lost its registration without
// saying so (B1). It would wait for a job that can never come.
void Fleet::retire_cancelled(int& slots) {
  for (auto& [name, runner] : runners_) {
    if (runner.state != RunnerState::idle || !runner.used || slots <= 0) continue;
    if (!is_due(runner.since + options_.minimum_idle_age)) continue;
    bool const gone =
        retire(name, runner, "its job was cancelled a while ago, and it has got no other one",
               Purpose::safe);
    if (gone) --slots;
  }
}

void Fleet::retire_old(int& slots) {
  if (!options_.max_age) return;
  for (auto& [name, runner] : runners_) {
    if (runner.state != RunnerState::idle || slots <= 0) continue;
    if (!is_due(runner.planned_at + *options_.max_age)) continue;
    if (retire(name, runner, "it is older than runners may become", Purpose::safe)) --slots;
  }
}

// There are two reasons to remove a spare runner: no job needs it, or it has been idle for so long
// that it may not be what it seems to be (I8). Those that are meant to be idle go one at a time,
// and the next one only when the replacement of the last one is ready.
void Fleet::retire_spares(int& slots) {
  Counts const counts = this->counts();
  int const meant_to_be_idle = std::max(spare_wanted(), options_.min_total - counts.busy);
  int surplus = this->surplus();
  int idle = counts.idle;
  bool renewing = is_renewing();
  for (std::string const& name : spares(runners_)) {
    Runner& runner = runners_.at(name);
    bool const is_surplus = surplus > 0;
    if (!is_due(runner.idle_since + (is_surplus ? options_.minimum_idle_age : options_.max_idle)))
      return;  // spares() has the oldest first
    bool const renews = !is_surplus && idle <= meant_to_be_idle;
    if (slots <= 0 || (renews && renewing)) return;
    bool const gone = is_surplus ? retire(name, runner, "no job needs it", Purpose::surplus)
                                 : retire(name, runner, "it was idle for too long", Purpose::safe);
    if (!gone) continue;
    runner.renewed = renews;
    renewing = renewing || renews;
    --surplus;
    --idle;
    --slots;
  }
}

bool Fleet::is_renewing() const noexcept {
  Counts const counts = this->counts();
  return counts.planned + counts.starting > 0 ||
         std::ranges::any_of(runners_, [](auto const& entry) {
           Runner const& runner = entry.second;
           return runner.renewed &&
                  (runner.state == RunnerState::retiring || runner.state == RunnerState::stopping);
         });
}

// A busy one ends with its job anyway, since runners take one job only.
void Fleet::retire_outdated(int& slots) {
  // The replacement of the last one is not even planned yet.
  if (share_left() > 0 && counts().useful() < target().value_or(0)) return;
  for (auto& [name, runner] : runners_) {
    if (runner.state != RunnerState::idle || !runner.outdated) continue;
    if (slots <= 0 || is_renewing()) return;
    if (!retire(name, runner, "it was made of an older template", Purpose::safe)) continue;
    runner.renewed = true;
    --slots;
  }
}

int Fleet::surplus() const noexcept {
  Demand demand = this->demand();
  demand.phantom = 0;  // runners that were started for it stay until they have been idle too long
  int const surplus = surplus_runners(counts(), demand, spare_wanted() + extras(), options_);
  return std::max(over_share(), surplus - static_cast<int>(requeues_.size()));
}

/// Idle runners that stand by while jobs of other scale sets wait for their part of the budget.
int Fleet::over_share() const noexcept {
  if (!share_) return 0;
  Counts const counts = this->counts();
  auto const for_jobs = std::max<std::int64_t>(0, this->demand().jobs() - counts.busy);
  auto const standing_by = std::max<std::int64_t>(0, counts.idle - for_jobs);
  return static_cast<int>(
      std::clamp<std::int64_t>(counts.useful() - share_->may_have, 0, standing_by));
}

void Fleet::reap() {
  int slots = removal_slots();
  for (auto& [name, runner] : runners_) {
    if (runner.state != RunnerState::lost) continue;
    if (runner.watch.gone_since) {
      retire(name, runner, "the service does not know it any more", Purpose::zombie);
    } else if (slots > 0 &&
               retire(name, runner, "it is not known to be ready for jobs", Purpose::safe)) {
      --slots;
    }
  }
}

bool Fleet::retire(std::string const& name, Runner& runner, std::string_view why, Purpose purpose) {
  // Asked in this order, so that a runner that may not go does not use up what the brake allows.
  if (!passes_gate(runner, purpose)) return false;
  bool const is_suspicion = purpose == Purpose::zombie || purpose == Purpose::suspect;
  if (is_suspicion && !passes_brake()) return false;
  ++totals_.retired;
  notice(LogLevel::info, "retiring the runner", {{"runner", name}, {"why", std::string(why)}});
  if (!runner.registered) {  // no job can reach it, so there is nothing to ask the service
    enter(runner, RunnerState::stopping, options_.stop_delay);
    return true;
  }
  // Never the stop first: between our last look and the stop the service may have given it a job.
  // Only the removal can tell that, since the service refuses it for a runner that has a job (B3).
  enter(runner, RunnerState::retiring, options_.answer_deadline);
  remove_registration(name, runner);
  return true;
}

bool Fleet::passes_gate(Runner const& runner, Purpose purpose) noexcept {
  auto const opens = gate_opens(purpose, runner, options_);
  return opens && is_due(*opens);
}

// A drain is what the operator wants, so the brake does not hold it up.
bool Fleet::passes_brake() {
  if (is_emptying() || brake_.allow(static_cast<int>(runners_.size()), now_)) return true;
  if (auto const release = brake_.release()) wake_at(*release);
  return false;
}

// Only a few at a time: after a crash there may be hundreds, and the service limits how many calls
// we may make (B10).
void Fleet::remove_leftovers() {
  auto const is_asked = [](auto const& entry) {
    return entry.second.state == RunnerState::cleaning && entry.second.awaiting_removal;
  };
  auto in_flight = std::ranges::count_if(runners_, is_asked);
  for (auto& [name, runner] : runners_) {
    if (runner.state != RunnerState::cleaning || runner.awaiting_removal || runner.judging)
      continue;
    if (in_flight >= options_.parallel_removals) return;
    if (!is_due(runner.not_before)) continue;
    ++in_flight;
    runner.deadline = now_ + options_.answer_deadline;
    remove_registration(name, runner);
  }
}

void Fleet::remove_registration(std::string const& name, Runner& runner) {
  runner.awaiting_removal = true;
  actions_.push_back(RemoveRegistration{name, runner.id});
}

}  // namespace scaleset::fleet
