#include <algorithm>
#include <utility>

#include "fleet/fleet.hpp"

/// The steps a runner takes from state to state, whichever event or deadline caused them.
namespace scaleset::fleet {
namespace {

std::string seconds_until(TimePoint now, std::optional<TimePoint> time) {
  if (!time) return "at once";
  auto const wait = std::chrono::duration_cast<std::chrono::seconds>(*time - now);
  return "in " + std::to_string(wait.count() + 1) + " s";
}

}  // namespace

Runner* Fleet::find(std::string_view name) noexcept {
  auto const entry = runners_.find(name);
  return entry == runners_.end() ? nullptr : &entry->second;
}

void Fleet::enter(Runner& runner, RunnerState state, std::optional<Duration> deadline) {
  runner.state = state;
  runner.since = now_;
  runner.unconfirmed = false;
  runner.deadline = deadline ? std::optional(now_ + *deadline) : std::nullopt;
}

void Fleet::become_idle(Runner& runner) {
  if (!runner.registered) {  // no job can reach it
    enter(runner, RunnerState::stopping, options_.removal_settle);
    return;
  }
  enter(runner, RunnerState::idle, std::nullopt);
  if (runner.idle_since == TimePoint{}) runner.idle_since = now_;
}

void Fleet::become_busy(std::string const& name, Runner& runner) {
  runner.used = true;
  runner.completed = false;
  if (runner.state != RunnerState::busy || runner.unconfirmed) {
    enter(runner, RunnerState::busy, std::nullopt);
  }
  if (starts_.succeed()) notice(LogLevel::info, "runners start again", {{"runner", name}});
}

void Fleet::job_cancelled(Runner& runner) {
  if (runner.state != RunnerState::busy) return;  // one that waits for a job may still get another
  switch (runner.evidence) {
    case LocalEvidence::idle: become_idle(runner); break;  // it never began (B4)
    case LocalEvidence::unknown:
      enter(runner, RunnerState::finishing, options_.finishing_grace);
      break;
    case LocalEvidence::busy:
      runner.completed = true;
      runner.done = true;
      enter(runner, RunnerState::finishing, options_.finishing_grace);
      break;
  }
}

void Fleet::job_done(std::string const& name, Runner& runner) {
  runner.done = true;
  if (starts_.succeed()) notice(LogLevel::info, "runners start again", {{"runner", name}});
  switch (runner.state) {
    case RunnerState::starting:
    case RunnerState::idle:
    case RunnerState::busy:
    case RunnerState::lost: enter(runner, RunnerState::finishing, options_.finishing_grace); break;
    default: break;
  }
}

void Fleet::jit_failed(std::string const& name, Runner& runner, Error const& error) {
  ++totals_.jit_failures;
  service_.fail(error.to_string(), now_, *random_, error.retry_after);
  notice(LogLevel::warn, "no JIT configuration; the next attempt has a new name",
         {{"runner", name},
          {"cause", error.to_string()},
          {"next", seconds_until(now_, service_.retry_at())}});
  if (error.request_sent) {
    clean(runner, options_.lookup_delay);  // the answer may be lost, not the registration (A6)
  } else {
    forget(name);
  }
}

void Fleet::start_failed(std::string const& name, std::string const& cause) {
  ++totals_.start_failures;
  bool const opened = starts_.fail(cause, now_, *random_);
  notice(LogLevel::warn, "the runner failed before it had a job; it is replaced",
         {{"runner", name}, {"cause", cause}, {"failures", std::to_string(starts_.failures())}});
  if (!opened) return;
  notice(LogLevel::error,
         "starting runners keeps failing: paused, and no capacity is advertised for it",
         {{"cause", cause},
          {"failures", std::to_string(starts_.failures())},
          {"next", seconds_until(now_, starts_.retry_at())}});
}

void Fleet::removal_refused(std::string const& name, Runner& runner) {
  runner.failed_removals = 0;
  if (runner.done) {
    enter(runner, RunnerState::finishing, options_.removal_retry);
    return;
  }
  notice(LogLevel::info, "the runner stays: the service says that it has a job",
         {{"runner", name}});
  enter(runner, RunnerState::busy, options_.removal_retry);
  runner.unconfirmed = true;
  if (starts_.promise()) notice(LogLevel::info, "runners start again", {{"runner", name}});
}

void Fleet::removal_failed(std::string const& name, Runner& runner, std::string const& cause) {
  runner.awaiting_removal = false;
  runner.not_before = now_ + options_.removal_retry;
  // Once is worth a warning; while the service is down every further one is noise.
  auto const level = runner.failed_removals++ == 0 ? LogLevel::warn : LogLevel::debug;
  notice(level, "it is not known whether the registration was removed; trying again later",
         {{"runner", name}, {"cause", cause}});
  if (runner.state == RunnerState::cleaning) runner.deadline.reset();
  // Back to idle it could stand unregistered in the minimum for ever.
  if (runner.state == RunnerState::retiring) runner.deadline = runner.not_before;
}

void Fleet::end(std::string const& name, Runner& runner, bool registration_left) {
  if (registration_left) {
    clean(runner, Duration::zero());
  } else {
    forget(name);
  }
}

void Fleet::clean(Runner& runner, Duration wait) {
  bool const awaiting = runner.awaiting_removal;
  enter(runner, RunnerState::cleaning,
        awaiting ? std::optional(options_.answer_deadline) : std::nullopt);
  runner.not_before = now_ + wait;
}

void Fleet::clean_again(std::string const& name, Runner& runner) {
  runner.deadline.reset();
  if (now_ - runner.since < options_.removal_limit) return;
  notice(LogLevel::warn,
         "registration left to the service, which says that its job is still running",
         {{"runner", name}});
  forget(name);
}

void Fleet::adopt(Runner& runner, RunnerState state) {
  switch (state) {
    case RunnerState::planned:
    case RunnerState::starting: enter(runner, RunnerState::starting, options_.boot_deadline); break;
    case RunnerState::idle: become_idle(runner); break;
    case RunnerState::busy:
      runner.used = true;
      enter(runner, RunnerState::busy, std::nullopt);
      break;
    case RunnerState::finishing:
      runner.used = true;
      enter(runner, RunnerState::finishing, options_.finishing_grace);
      break;
    default: enter(runner, RunnerState::lost, std::nullopt); break;
  }
}

void Fleet::forget(std::string const& name) {
  auto const entry = runners_.find(name);
  actions_.push_back(ForgetRunner{name});
  runners_.erase(entry);  // `name` may be its key
}

void Fleet::settle_later(std::string const& name) {
  bool const known =
      std::ranges::any_of(settlements_, [&](auto const& each) { return each.first == name; });
  if (!known) settlements_.emplace_back(name, now_ + options_.settlement);
}

void Fleet::notice(LogLevel level, std::string text, Fields fields) {
  actions_.push_back(Notice{level, std::move(text), std::move(fields)});
}

}  // namespace scaleset::fleet
