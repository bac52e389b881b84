#include <algorithm>
#include <set>
#include <utility>

#include "fleet/fleet.hpp"

/// What each event of the backend does to its runner.
namespace scaleset::fleet {
namespace {

/// Whether it never had a job and could still have got one.
bool is_unused(Runner const& runner) noexcept {
  bool const ready = runner.state == RunnerState::starting || runner.state == RunnerState::idle;
  return ready && !runner.used;
}

/// Whether the service may still know the runner after its instance has ended. The service removes
/// an ephemeral runner after its job, so that asking for that would only cost calls (B10). That it
/// did a job must have been seen here: the service may have meant another runner.
bool needs_cleaning(Runner const& runner, std::optional<int> code) noexcept {
  if (!runner.registered) return false;
  if (runner.stops > 0) return true;
  bool const worked = runner.ended_here || runner.evidence == LocalEvidence::busy;
  bool const is_over = runner.done || (runner.state == RunnerState::busy && code == 0);
  return !worked || !is_over;
}

/// The exit code of a runner that an earlier process started is not known (protocol.md 11.2).
bool ended_normally(InstanceExited const& event) noexcept {
  return event.code ? *event.code == 0 : event.said_goodbye.value_or(false);
}

std::string describe_exit(InstanceExited const& event) {
  if (!event.reason.empty()) return event.reason;
  return event.code ? "exit code " + std::to_string(*event.code) : "its exit code is not known";
}

}  // namespace

// The events of one that is not there, or not like that, are counted here.
Runner* Fleet::find_with_instance(std::string_view name) noexcept {
  Runner* const runner = find(name);
  if (runner != nullptr && has_instance(*runner)) return runner;
  ++totals_.ignored;
  return nullptr;
}

Runner* Fleet::find_preparing(std::string_view name) noexcept {
  Runner* const runner = find(name);
  bool const prepares = runner != nullptr && runner->state == RunnerState::planned &&
                        runner->step == StartStep::preparing;
  if (prepares) return runner;
  ++totals_.ignored;
  return nullptr;
}

void Fleet::on(Prepared const& event) {
  Runner* const runner = find_preparing(event.name);
  if (runner == nullptr) return;
  runner->step = StartStep::prepared;
  runner->deadline.reset();
}

void Fleet::on(PrepareFailed const& event) {
  Runner* const runner = find_preparing(event.name);
  if (runner == nullptr) return;
  prepare_failed(event.name, event.reason);
}

void Fleet::on(StartAbandoned const& event) {
  Runner const* const runner = find(event.name);
  if (runner == nullptr || runner->state != RunnerState::planned) {
    ++totals_.ignored;
    return;
  }
  forget(event.name);
}

void Fleet::on(InstanceStarted const& event) {
  Runner* const runner = find_with_instance(event.name);
  if (runner == nullptr) return;
  runner->reference = event.reference;
  has_started(*runner);
}

void Fleet::has_started(Runner& runner) {
  if (runner.started_at) return;
  runner.started_at = now_;
  runner.watch.at = now_ + options_.watch_grace;
  if (room_) room_ = std::max(0, *room_ - 1);
  // The boot deadline counts from here, because starting an instance is not booting. The backend
  // has its own limit for that.
  if (runner.state == RunnerState::starting) runner.deadline = now_ + options_.boot_deadline;
}

void Fleet::on(InstanceFailed const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !has_instance(*runner)) {
    ++totals_.ignored;
    return;
  }
  // If there was a reference or any sign of life, there is an instance, and only its exit ends it.
  if (!runner->reference.empty() || runner->evidence != LocalEvidence::unknown || runner->used) {
    ++totals_.ignored;
    // The sign of life may have been the service's mistake: then the backend never lists it.
    has_started(*runner);
    return;
  }
  if (runner->state == RunnerState::starting) start_failed(event.name, kNotStarted, event.reason);
  // The answer may have been lost, and the instance may run.
  unclear_starts_[event.name] = now_;
  end(event.name, *runner, runner->registered);
}

void Fleet::on(InstanceRegistered const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !has_instance(*runner) || runner->done) {
    ++totals_.ignored;
    return;
  }
  has_started(*runner);  // the answer to its start may still be under way, or lost
  if (!event.version.empty()) runner->version = event.version;
  if (runner->evidence == LocalEvidence::unknown) runner->evidence = LocalEvidence::idle;
  bool const late = runner->state == RunnerState::lost;
  // It may have been said before the service lost the registration.
  if (late && runner->watch.gone_since) return;
  if (late && (draining_ || counts().useful() >= options_.max_runners)) return;
  if (!late && runner->state != RunnerState::starting) return;
  become_idle(*runner);
}

void Fleet::on(InstanceBusy const& event) {
  Runner* const runner = find_with_instance(event.name);
  if (runner == nullptr) return;
  runner->evidence = LocalEvidence::busy;
  runner->heard_at = now_;
  if (!runner->done) {
    become_busy(event.name, *runner);
  } else if (runner->state == RunnerState::stopping && !runner->over_limit) {
    enter(*runner, RunnerState::finishing, options_.finishing_grace);
  }
}

void Fleet::on(InstanceIdle const& event) {
  Runner* const runner = find_with_instance(event.name);
  if (runner == nullptr) return;
  runner->evidence = LocalEvidence::idle;
  runner->activity = Activity::unknown;  // what was seen before this is out of date
  runner->heard_at = now_;
  runner->used = true;
  runner->ended_here = true;
  if (runner->done) return;
  if (!runner->completed) hold_job(event.name, *runner);
  job_done(event.name, *runner);
}

void Fleet::on(InstanceTroubled const& event) {
  Runner* const runner = find_with_instance(event.name);
  if (runner == nullptr) return;
  notice(LogLevel::debug, "the runner seems to have lost its registration; the service is asked",
         {{"runner", event.name}, {"line", event.line}});
  runner->watch.troubled = true;
  // The second look keeps its distance from the first.
  if (runner->watch.misses == 0) runner->watch.at = std::min(runner->watch.at, now_);
}

void Fleet::on(InstanceExited const& event) {
  Runner* const runner = find_with_instance(event.name);
  if (runner == nullptr) return;
  if (room_ && runner->started_at) ++*room_;
  bool const had_job =
      runner->state == RunnerState::busy || runner->evidence == LocalEvidence::busy;
  // If it was over its limit, its job has been held since it was stopped.
  if (had_job && !runner->completed && !runner->over_limit) hold_job(event.name, *runner);
  switch (event.cause) {
    case ExitCause::removed:
      notice(LogLevel::info, "the runner ended, because the service had removed its registration",
             {{"runner", event.name}, {"state", std::string(to_string(runner->state))}});
      // It says so too if the service refused its credentials for a moment.
      end(event.name, *runner, runner->registered);
      break;
    case ExitCause::version_refused:
      version_refused(event, *runner);
      end(event.name, *runner, runner->registered);
      break;
    case ExitCause::other: ended_by_itself(event, *runner); break;
  }
}

void Fleet::version_refused(InstanceExited const& event, Runner const& runner) {
  ++totals_.start_failures;
  auto const& version = event.version.empty() ? runner.version : event.version;
  TimePoint const next = now_ + options_.park_probe;
  bool const first = parking_.refuse(version, next);
  if (runner.probe) parking_.probe_next(next);
  if (!first) {
    notice(LogLevel::debug, "the service still refuses the runner's version",
           {{"runner", event.name}, {"version", version}});
    return;
  }
  ++totals_.parked;
  notice(LogLevel::error,
         "no runner is started any more, except one now and then to see if that has changed: " +
             *parking_.reason(),
         {{"runner", event.name},
          {"version", version},
          {"next", seconds_until(now_, parking_.probe_at())}});
}

void Fleet::ended_by_itself(InstanceExited const& event, Runner& runner) {
  std::string const how = describe_exit(event);
  if (is_unused(runner)) {
    // It may have been removed at the service, or have done a job that nobody told us of. Only the
    // service knows.
    bool const may_be_no_failure =
        event.code.value_or(0) == 0 && runner.registered && runner.id &&
        (runner.state == RunnerState::idle || runner.evidence != LocalEvidence::unknown);
    if (may_be_no_failure) return judge(runner, how);
    start_failed(event.name, kEndedEarly, how);
  } else {
    Fields fields{
        {"runner", event.name}, {"state", std::string(to_string(runner.state))}, {"exit", how}};
    bool const in_a_job = runner.state == RunnerState::busy && !ended_normally(event);
    if (in_a_job && runner.job) {
      fields.emplace_back("job", runner.job->job_display_name);
      fields.emplace_back("repository", runner.job->owner + "/" + runner.job->repository);
      fields.emplace_back("run", runner.job->workflow_run_id);
    }
    notice(in_a_job ? LogLevel::warn : LogLevel::info,
           in_a_job ? "the runner ended in the middle of a job" : "the runner ended",
           std::move(fields));
  }
  end(event.name, runner, needs_cleaning(runner, event.code));
}

void Fleet::on(InstancesListed const& event) {
  std::set<std::string_view> alive;
  std::set<std::string, std::less<>> strangers;
  for (auto const& each : event.instances) {
    if (!each.alive) continue;
    alive.insert(each.name);
    Runner const* const runner = find(each.name);
    if (runner != nullptr && has_instance(*runner)) {
      seen(each, event.asked_at);
    } else if (runner == nullptr || runner->state == RunnerState::cleaning) {
      strangers.insert(each.name);
      if (strangers_.contains(each.name)) take_over(each);
    }
  }
  strangers_ = std::move(strangers);
  std::erase_if(unclear_starts_, [&](auto const& start) {
    Runner const* const runner = find(start.first);
    bool const is_taken_over = runner != nullptr && has_instance(*runner);
    return start.second < event.asked_at && (is_taken_over || !alive.contains(start.first));
  });
  std::vector<std::string> ended;
  for (auto& [name, runner] : runners_) {
    bool const expected =
        has_instance(runner) && runner.started_at && *runner.started_at < event.asked_at;
    if (!expected) continue;
    runner.missing = alive.contains(name) ? 0 : runner.missing + 1;
    // One look may have missed it, or its exit is about to be reported with more details.
    if (runner.missing >= 2) ended.push_back(name);
  }
  for (auto const& name : ended) {
    on(InstanceExited{name, ExitCause::other, std::nullopt, "the backend does not list it any more",
                      ""});
  }
}

void Fleet::take_over(InstancesListed::Seen const& stranger) {
  notice(LogLevel::warn, "an instance runs that should have ended; it is taken over to end it",
         {{"runner", stranger.name}, {"reference", stranger.reference}});
  Adopted adopted;
  adopted.name = stranger.name;
  adopted.id = stranger.id;
  adopted.scale_set = stranger.scale_set;
  adopted.reference = stranger.reference;
  adopted.state = RunnerState::lost;
  adopted.alive = true;
  adopted.activity = stranger.activity;
  on(adopted);
}

// A worker is there soon after a job has begun. So the service was wrong about the runner, or it is
// another runner that has the job. As an idle runner it can be retired, which the service refuses
// if there is a job after all.
bool Fleet::is_idle_after_all(Runner const& runner, TimePoint asked_at) const noexcept {
  return runner.state == RunnerState::busy && !runner.unconfirmed &&
         runner.evidence != LocalEvidence::busy && runner.activity == Activity::idle &&
         runner.busy_since && asked_at >= *runner.busy_since + options_.watch_grace;
}

void Fleet::seen(InstancesListed::Seen const& seen, TimePoint asked_at) {
  Runner* const runner = find(seen.name);
  has_started(*runner);
  if (asked_at < runner->heard_at) return;  // the instance has said something newer
  switch (seen.activity) {
    case Activity::unknown: break;
    case Activity::busy:
      if (runner->done) break;  // it is on its way out; the gate sees the activity
      runner->evidence = LocalEvidence::busy;
      become_busy(seen.name, *runner);
      break;
    // By itself this ends no job. But if the service says so too, the job is over, whatever line
    // the runner printed last.
    case Activity::idle:
      if (is_idle_after_all(*runner, asked_at)) {
        notice(LogLevel::info,
               "the service said that the runner has a job, but none runs on this machine",
               {{"runner", seen.name}});
        become_idle(*runner);
      }
      if (runner->state != RunnerState::finishing || !runner->completed) break;
      runner->evidence = LocalEvidence::idle;
      runner->ended_here = true;
      break;
  }
  runner->activity = seen.activity;
}

}  // namespace scaleset::fleet
