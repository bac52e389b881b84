#include <algorithm>
#include <utility>

#include "base/random_text.hpp"
#include "fleet/fleet.hpp"

/// What has to be done because of the time and the demand. This runs after every event.
namespace scaleset::fleet {
namespace {

constexpr std::size_t kMaxName = 64;  // the longest name that the service takes
constexpr std::size_t kSuffix = 8;

/// Adds one to a number in hexadecimal digits. After "ffff" comes "0000".
void increment_hex(std::string& digits) {
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    if (*digit == 'f') {
      *digit = '0';
      continue;
    }
    *digit = *digit == '9' ? 'a' : static_cast<char>(*digit + 1);
    return;
  }
}

}  // namespace

void Fleet::expire() {
  for (auto& [name, runner] : runners_) {
    if (runner.deadline && *runner.deadline <= now_) expire(name, runner);
  }
  std::erase_if(awaited_completions_, [&](auto const& each) { return each.second <= now_; });
}

void Fleet::expire(std::string const& name, Runner& runner) {
  switch (runner.state) {
    case RunnerState::planned:
      jit_failed(name, runner, Error(ErrorCode::timeout, "the call was not answered"));
      break;
    case RunnerState::starting:
      enter(runner, RunnerState::lost, std::nullopt);
      start_failed(name, "it did not register in time");
      break;
    // Only an unconfirmed busy state has a deadline: all we know is that its removal was refused.
    // As an idle runner it can be retired again, and then the service says whether it still has a
    // job.
    case RunnerState::busy: become_idle(runner); break;
    case RunnerState::finishing: end_finishing(name, runner); break;
    case RunnerState::retiring:
    case RunnerState::cleaning: remove_again(name, runner); break;
    case RunnerState::stopping: stop_again(name, runner); break;
    // It has stayed idle for proof_time.
    case RunnerState::idle:
      runner.deadline.reset();
      if (starts_.succeed()) notice(LogLevel::info, "runners start again", {{"runner", name}});
      break;
    case RunnerState::lost: runner.deadline.reset(); break;  // it has no deadline
  }
}

void Fleet::end_finishing(std::string const& name, Runner& runner) {
  runner.deadline = now_ + options_.finishing_grace;
  // The message that a job has completed may come while the job still runs here (B4), so what the
  // instance says about itself counts for more.
  if (runner.evidence == LocalEvidence::busy) {
    notice(LogLevel::debug, "the service says that the job has ended, but it still runs here",
           {{"runner", name}});
    return;
  }
  // Nothing says that its job has ended here, so the service has to confirm it by the removal.
  if (runner.evidence == LocalEvidence::unknown || !runner.done) {
    retire(name, runner, "its job has ended, but the runner does not exit");
    return;
  }
  // The instance itself said that its only job has ended. It can be stopped without asking the
  // service, where an ephemeral runner has no registration any more after its job.
  if (!may_destroy()) return;
  notice(LogLevel::warn, "the runner does not exit after its job; stopping it", {{"runner", name}});
  enter(runner, RunnerState::stopping, Duration::zero());
  stop_again(name, runner);
}

void Fleet::remove_again(std::string const& name, Runner& runner) {
  if (runner.awaiting_removal) {
    removal_failed(name, runner, "the removal was not answered");
    return;
  }
  runner.deadline = now_ + options_.answer_deadline;
  remove_registration(name, runner);
}

void Fleet::stop_again(std::string const& name, Runner& runner) {
  runner.deadline = now_ + options_.stop_grace;
  // A job reached it just before its registration was removed. The job is left to finish.
  if (runner.evidence == LocalEvidence::busy) return;
  StopMode const mode = runner.stops == 0 ? StopMode::graceful : StopMode::force;
  if (mode == StopMode::force) {
    notice(LogLevel::warn, "the runner did not exit when it was asked to; forcing it",
           {{"runner", name}, {"attempt", std::to_string(runner.stops)}});
  }
  ++runner.stops;
  actions_.push_back(StopInstance{name, mode});
}

void Fleet::reconcile() {
  wake_.reset();
  if (draining_) {
    drain();
  } else if (statistics_) {  // without statistics every runner would look surplus
    trim();
    plan();
  }
  reap();
  remove_leftovers();
  for (auto const& [name, runner] : runners_) {
    if (runner.deadline) wake_at(*runner.deadline);
  }
}

void Fleet::drain() {
  for (auto& [name, runner] : runners_) {
    bool const waiting = runner.state == RunnerState::starting || runner.state == RunnerState::idle;
    if (waiting) retire(name, runner, "draining");
  }
}

void Fleet::trim() {
  Counts const counts = this->counts();
  int surplus = surplus_runners(counts, demand(), options_);
  int idle = counts.idle;
  for (auto& [name, runner] : runners_) {
    if (runner.state != RunnerState::idle || !runner.used) continue;
    // A runner that was given a job which was then cancelled may have lost its registration without
    // saying so (B1). It would wait for a job that can never come.
    if (!is_due(runner.since + options_.minimum_idle_age)) continue;
    if (retire(name, runner, "its job was cancelled a while ago, and it has got no other one"))
      --idle;
  }
  // There are two reasons to remove a spare runner: no job needs it, or it has been idle for so
  // long that it may have lost its registration (B1). The second one does not apply to the last
  // min_runners of them, which are meant to be idle.
  for (std::string const& name : spares(runners_)) {
    Runner& runner = runners_.at(name);
    bool const is_surplus = surplus > 0;
    if (!is_surplus && idle <= options_.min_runners) return;
    if (!is_due(runner.idle_since + (is_surplus ? options_.minimum_idle_age : options_.max_idle))) {
      return;  // spares() has the oldest first
    }
    if (!retire(name, runner, is_surplus ? "no job needs it" : "it was idle for too long"))
      continue;
    --surplus;
    --idle;
  }
}

void Fleet::plan() {
  Counts const counts = this->counts();
  int const wanted = target_runners(demand(), options_);
  // The end of a pause comes without an event. That of `starts_` changes the advertised capacity,
  // and so it always needs a Tick; that of `service_` only if there is a runner to plan.
  if (auto const retry = starts_.retry_at()) wake_at(*retry);
  if (auto const retry = service_.retry_at(); retry && wanted > counts.useful()) wake_at(*retry);
  for (auto const& awaited : awaited_completions_) wake_at(awaited.second);
  int const starts = runners_to_plan(counts, wanted, free_slots(counts), options_);
  if (starts == 0) return;
  notice(LogLevel::info, "starting runners",
         {{"count", std::to_string(starts)},
          {"assigned", std::to_string(statistics_->assigned_jobs)},
          {"useful", std::to_string(counts.useful())},
          {"target", std::to_string(wanted)}});
  for (int i = 0; i < starts; ++i) {
    std::string const name = fresh_name();
    Runner& runner = runners_[name];
    runner.planned_at = now_;
    enter(runner, RunnerState::planned, options_.answer_deadline);
    ++totals_.planned;
    actions_.push_back(RequestJit{name});
  }
}

// While a breaker is probing, one attempt at a time goes through it. For the service an attempt is
// a JIT call; for the starts it lasts until the runner has a job or has been idle for a while.
int Fleet::free_slots(Counts const& counts) const noexcept {
  int slots = options_.parallel_starts - counts.planned;
  if (service_.state() == Breaker::State::open || starts_.state() == Breaker::State::open) return 0;
  if (service_.state() == Breaker::State::probing) slots = std::min(slots, 1 - counts.planned);
  if (starts_.state() == Breaker::State::probing) {
    slots = std::min(slots, 1 - attempts());
  }
  return slots;
}

int Fleet::attempts() const noexcept {
  return static_cast<int>(std::ranges::count_if(runners_, [](auto const& entry) {
    Runner const& runner = entry.second;
    // An idle runner has a deadline while it still has to show that it stays.
    bool const unproven = runner.state == RunnerState::idle && runner.deadline.has_value();
    return runner.state == RunnerState::planned || runner.state == RunnerState::starting ||
           unproven;
  }));
}

void Fleet::reap() {
  for (auto& [name, runner] : runners_) {
    if (runner.state == RunnerState::lost) retire(name, runner, "it did not register in time");
  }
}

bool Fleet::retire(std::string const& name, Runner& runner, std::string_view why) {
  // Asked in this order, so that a busy runner does not use up what the brake allows.
  if (runner.evidence == LocalEvidence::busy || !may_destroy()) return false;
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

// A drain is what the operator wants, so the brake does not hold it up.
bool Fleet::may_destroy() {
  if (draining_ || brake_.allow(static_cast<int>(runners_.size()), now_)) return true;
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
    if (runner.state != RunnerState::cleaning || runner.awaiting_removal) continue;
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

bool Fleet::is_due(TimePoint time) noexcept {
  if (time <= now_) return true;
  wake_at(time);
  return false;
}

void Fleet::wake_at(TimePoint time) noexcept { wake_ = wake_ ? std::min(*wake_, time) : time; }

Demand Fleet::demand() const noexcept {
  return {statistics_ ? statistics_->assigned_jobs : 0,
          static_cast<int>(awaited_completions_.size())};
}

std::string Fleet::fresh_name() {
  std::string const prefix = options_.name_prefix.substr(0, kMaxName - kSuffix - 1) + "-";
  std::string suffix = base::random_hex(*random_, kSuffix);
  // Counting on ends even if the random source gives the same number for ever.
  while (runners_.contains(prefix + suffix)) increment_hex(suffix);
  return prefix + suffix;
}

}  // namespace scaleset::fleet
