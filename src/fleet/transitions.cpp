#include <algorithm>
#include <utility>

#include "fleet/fleet.hpp"

/// The steps of a runner from state to state, whichever event or deadline causes them.
namespace scaleset::fleet {

std::string Fleet::seconds_until(TimePoint now, std::optional<TimePoint> time) {
  if (!time) return "at once";
  return "in " + std::to_string(std::chrono::ceil<std::chrono::seconds>(*time - now).count()) +
         " s";
}

Runner* Fleet::find(std::string_view name) noexcept {
  auto const entry = runners_.find(name);
  return entry == runners_.end() ? nullptr : &entry->second;
}

void Fleet::enter(Runner& runner, RunnerState state, std::optional<Duration> deadline) {
  runner.state = state;
  runner.since = now_;
  runner.unconfirmed = false;
  runner.judging = false;
  runner.deadline = deadline ? std::optional(now_ + *deadline) : std::nullopt;
}

void Fleet::become_idle(Runner& runner) {
  // Without a registration no job can reach it. As an idle runner it would count as ready for ever.
  if (!runner.registered) {
    enter(runner, RunnerState::stopping, options_.stop_delay);
    return;
  }
  enter(runner, RunnerState::idle, std::nullopt);
  runner.busy_since.reset();
  runner.warned = false;
  // Kept from the first time, so that going back and forth does not make a runner look younger.
  if (runner.idle_since == TimePoint{}) runner.idle_since = now_;
  // Until then it proves nothing: see Options::proof_time.
  bool const is_tried = runner.probe && parking_.is_parked();
  if (is_tried || may_prove(runner)) runner.deadline = now_ + options_.proof_time;
}

// One that was started before the first failure says nothing about what has happened since.
bool Fleet::may_prove(Runner const& runner) const noexcept {
  auto const failing_since = starts_.failing_since();
  return failing_since && runner.asked_at > *failing_since;
}

void Fleet::become_busy(std::string const& name, Runner& runner) {
  runner.used = true;
  if (runner.over_limit) return;  // that it has a job is what it is stopped for
  runner.completed = false;
  runner.suspect = false;
  runner.watch.misses = 0;
  if (gap_.got_job(runner, now_, options_.assignment_window)) {
    for (auto& [other_name, other] : runners_) other.suspect = false;
  }
  // A sign of a job is believed in every state, retiring and stopping included. If the runner is
  // busy already, it keeps its original start time.
  if (runner.state != RunnerState::busy || runner.unconfirmed) {
    enter(runner, RunnerState::busy, std::nullopt);
    runner.busy_since = now_;
    runner.activity = Activity::unknown;  // what was seen before its job says nothing about it
  }
  proved(name, runner);
}

// A runner has a job, or has been idle for a while: starting works, and its version is accepted.
void Fleet::proved(std::string const& name, Runner& runner) {
  int const failures = starts_.failures();
  if (may_prove(runner) && starts_.succeed())
    notice(LogLevel::info, "runners start again", {{"runner", name}, {"failures", failures}});
  if (!std::exchange(runner.probe, false) || !parking_.accept()) return;
  notice(LogLevel::info, "the service accepts runners again",
         {{"runner", name}, {"version", runner.version}});
}

void Fleet::job_cancelled(Runner& runner) {
  // A runner in another state has not begun the job. It may still get another one.
  if (runner.state != RunnerState::busy) return;
  switch (runner.evidence) {
    // The job never began here (B4).
    case LocalEvidence::idle: become_idle(runner); break;
    // Whether it began is not known. If the runner has not exited after the grace, the service is
    // asked by way of the removal.
    case LocalEvidence::unknown:
      enter(runner, RunnerState::finishing, options_.finishing_grace);
      break;
    // It began, and the runner is about to cancel it and then to exit.
    case LocalEvidence::busy:
      runner.completed = true;
      runner.done = true;
      enter(runner, RunnerState::finishing, options_.finishing_grace);
      break;
  }
}

void Fleet::job_done(std::string const& name, Runner& runner) {
  runner.done = true;
  proved(name, runner);
  switch (runner.state) {
    case RunnerState::starting:
    case RunnerState::idle:
    case RunnerState::busy:
    case RunnerState::lost: enter(runner, RunnerState::finishing, options_.finishing_grace); break;
    default: break;  // it is on its way out already
  }
}

void Fleet::jit_failed(std::string const& name, Runner& runner, Error const& error) {
  ++totals_.jit_failures;
  service_.fail(error.to_string(), now_, *random_, error.retry_after);
  notice(LogLevel::warn,
         error.request_sent
             ? "the service gave no JIT configuration; the next attempt uses a new name"
             : "the service could not be asked for a JIT configuration; it is asked again",
         {{"runner", name},
          {"cause", error.to_string()},
          {"next", seconds_until(now_, service_.retry_at())}});
  if (error.request_sent) {
    // The service may have made the registration although we got no answer (A6). It is looked up by
    // its name and removed.
    clean(runner, options_.lookup_delay);
  } else {
    forget(name);
  }
}

void Fleet::prepare_failed(std::string const& name, std::string const& cause) {
  start_failed(name, kNotStarted, cause);
  forget(name);  // nobody has been asked to register it
}

// One line at most. While the cause stays the same, only the count of failures changes, and that is
// said when the breaker opens.
void Fleet::start_failed(std::string const& name, std::string_view what, std::string const& cause) {
  ++totals_.start_failures;
  bool const was_tried = starts_.state() == Breaker::State::probing;
  bool const is_new = starts_.cause() != cause;
  bool const opened = starts_.fail(cause, now_, *random_);
  LogLevel level = is_new ? LogLevel::warn : LogLevel::debug;
  std::string text(what);
  if (opened && was_tried) {
    level = LogLevel::warn;
    text += ": no other one is started for a while";
  } else if (opened) {
    level = LogLevel::error;
    text += ", as others before it: starting is paused, and no capacity is advertised for more";
  }
  notice(level, std::move(text),
         {{"runner", name},
          {"cause", cause},
          {"failures", starts_.failures()},
          {"next", seconds_until(now_, starts_.retry_at())}});
}

void Fleet::removal_refused(std::string const& name, Runner& runner) {
  runner.failed_removals = 0;
  // The service has not noticed yet that its job has ended.
  if (runner.done) {
    enter(runner, RunnerState::finishing, options_.removal_retry);
    return;
  }
  notice(LogLevel::info, "the runner stays: the service says that it has a job",
         {{"runner", name}});
  // Nothing else says that it has a job, so the state gets a deadline, after which it is looked at
  // again (expire).
  enter(runner, RunnerState::busy, options_.removal_retry);
  runner.unconfirmed = true;
  if (may_prove(runner) && starts_.promise())
    notice(LogLevel::info, "runners start again", {{"runner", name}});
}

void Fleet::removal_failed(std::string const& name, Runner& runner, std::string const& cause) {
  runner.awaiting_removal = false;
  runner.not_before = now_ + options_.removal_retry;
  // The first failure is worth a warning. While the service is down, every further one is noise.
  auto const level = runner.failed_removals++ == 0 ? LogLevel::warn : LogLevel::debug;
  notice(level, "it is not known whether the registration was removed; this is tried again later",
         {{"runner", name}, {"cause", cause}});
  if (runner.state == RunnerState::cleaning) runner.deadline.reset();
  // It does not become idle again: if the removal did succeed, the runner would count towards the
  // minimum for ever although no job can reach it.
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
  // A removal that was asked for earlier is still waited for, so that it is not asked for twice.
  bool const awaiting = runner.awaiting_removal;
  enter(runner, RunnerState::cleaning,
        awaiting ? std::optional(options_.answer_deadline) : std::nullopt);
  runner.not_before = now_ + wait;
}

void Fleet::clean_again(std::string const& name, Runner& runner) {
  runner.deadline.reset();
  // The service takes a while to notice that the instance is gone. It need not be asked for ever,
  // because it removes an ephemeral runner by itself that has been offline for a day (B10).
  if (now_ - runner.since < options_.removal_limit) return;
  notice(LogLevel::warn,
         "leaving a registration to the service, which says that its job is still running",
         {{"runner", name}});
  forget(name);
}

void Fleet::adopt(Adopted const& event, Runner& runner, RunnerState state) {
  runner.started_at = now_;
  runner.watch.at = now_ + options_.watch_grace;
  runner.activity = event.activity;
  if (event.activity == Activity::busy) {
    runner.evidence = LocalEvidence::busy;
    state = RunnerState::busy;
  }
  switch (state) {
    // It gets the whole boot deadline again, because we do not know when its instance was started.
    case RunnerState::planned:
    case RunnerState::starting: enter(runner, RunnerState::starting, options_.boot_deadline); break;
    case RunnerState::idle: become_idle(runner); break;
    case RunnerState::busy:
      runner.used = true;
      runner.busy_since = now_;
      enter(runner, RunnerState::busy, std::nullopt);
      break;
    case RunnerState::finishing:
      runner.used = true;
      enter(runner, RunnerState::finishing, options_.finishing_grace);
      break;
    // The earlier process was about to end it. As a lost runner it takes the guarded removal path.
    default: enter(runner, RunnerState::lost, std::nullopt); break;
  }
}

void Fleet::forget(std::string const& name) {
  auto const entry = runners_.find(name);
  actions_.push_back(ForgetRunner{name});
  runners_.erase(entry);  // by iterator, since `name` may be the key itself
}

// Until the service says that the job has ended, its statistics count it. Without this, a new
// runner would be started for it.
void Fleet::hold_job(std::string const& name, Runner const& runner) {
  if (runner.condemned) return;  // its job was never one of the scale set that is served
  held_.hold(name, runner.job ? runner.job->job_id : "", now_ + options_.held_limit);
}

void Fleet::notice(LogLevel level, std::string text, Fields fields) {
  actions_.push_back(Notice{level, std::move(text), std::move(fields)});
}

}  // namespace scaleset::fleet
