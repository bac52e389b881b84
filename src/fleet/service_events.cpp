#include <algorithm>
#include <utility>

#include "fleet/fleet.hpp"

/// What each event of the service does to its runner.
namespace scaleset::fleet {
namespace {

/// Never negative, whatever the service sends.
std::int64_t running(Statistics const& statistics) noexcept {
  return std::max<std::int64_t>(0, statistics.running_jobs);
}

/// No scale set has this id. For runners of one that is gone and whose id another one has got.
constexpr ScaleSetId kLost{-1};

bool was_on_a_runner(JobCompleted const& event) noexcept {
  return !event.runner_name.empty() || event.runner != RunnerId{};
}

}  // namespace

void Fleet::on(MessageReported const& event) {
  std::int64_t ended = 0;
  bool const is_first = event.statistics && !statistics_;
  if (event.statistics) {
    if (statistics_) ended = running(*statistics_) - running(*event.statistics);
    statistics_reported(*event.statistics);
  }
  for (JobStarted const& each : event.started) job_started(each);
  for (JobCompleted const& each : event.completed) job_completed(each);
  // Running jobs that are gone without a message: the service has dropped them by itself, which it
  // does with jobs whose runner has died.
  ended -= std::ranges::count_if(event.completed, was_on_a_runner);
  held_.release(ended);
  // Jobs that were held when the daemon started may have ended while nobody listened. The service
  // counts jobs as running whose runners have died, and so no more can be held than that.
  if (is_first)
    held_.release(held() - std::max<std::int64_t>(0, running(*statistics_) - counts().busy));
}

void Fleet::statistics_reported(Statistics const& statistics) {
  statistics_ = statistics;
  if (!gap_.report(statistics.assigned_jobs, statistics.running_jobs)) return;
  for (auto& [name, runner] : runners_) runner.suspect = false;
}

Runners::iterator Fleet::find_runner(std::string const& name, RunnerId id) noexcept {
  auto const entry = runners_.find(name);
  if (entry != runners_.end() || id == RunnerId{}) return entry;
  return std::ranges::find_if(runners_, [&](auto const& each) { return each.second.id == id; });
}

void Fleet::job_started(JobStarted const& event) {
  auto const entry = find_runner(event.runner_name, event.runner);
  if (entry == runners_.end()) {
    ++totals_.unknown_job_started;
    return;
  }
  auto& [name, runner] = *entry;
  if (runner.judging) {  // it ended after a job, so that it has not failed
    runner.job = event.job;
    hold_job(name, runner);
    judged(name, runner, false);
    return;
  }
  if (!has_instance(runner) || runner.done) {
    ++totals_.ignored;
    return;
  }
  runner.job = event.job;
  become_busy(name, runner);
}

void Fleet::job_completed(JobCompleted const& event) {
  bool const was_held = held_.complete(event.runner_name, event.job.job_id);
  auto const entry = find_runner(event.runner_name, event.runner);
  if (entry == runners_.end()) {
    if (!was_held) ++totals_.unmatched_job_completed;
    if (was_held || was_on_a_runner(event) || event.result != "canceled") return;
    // The service may assign the job again within this time.
    requeues_.push_back(now_ + options_.requeue_window);
    if (requeues_.size() > static_cast<std::size_t>(std::max(0, options_.max_runners)))
      requeues_.erase(requeues_.begin());
    return;
  }
  auto& [name, runner] = *entry;
  if (!runner.job) runner.job = event.job;
  if (runner.judging) return judged(name, runner, false);
  if (!has_instance(runner)) {
    ++totals_.ignored;
    return;
  }
  runner.used = true;
  if (event.result == "canceled") return job_cancelled(runner);
  runner.completed = true;
  job_done(name, runner);
}

void Fleet::on(ScaleSetKnown const& event) {
  bool const is_another =
      event.is_another || (scale_set_ != ScaleSetId{} && scale_set_ != event.id);
  scale_set_ = event.id;
  for (auto& [name, runner] : runners_) {
    // Nobody has been asked to register it, so that it will be one of this scale set.
    bool const not_asked = runner.state == RunnerState::planned && runner.step != StartStep::asked;
    if (not_asked) runner.scale_set = scale_set_;
    if (!not_asked && is_another && runner.scale_set == scale_set_) runner.scale_set = kLost;
    runner.condemned = runner.scale_set != ScaleSetId{} && runner.scale_set != scale_set_;
  }
  if (!is_another) return;
  // What was known of the old one's jobs says nothing about those of the new one.
  statistics_.reset();
  held_.clear();
  gap_ = GapWatch();
  requeues_.clear();
  notice(LogLevel::info, "another scale set is served now; runners of the old one get no more jobs",
         {{"scale_set", scale_set_.value}, {"condemned", counts().condemned}});
}

void Fleet::on(JitReady const& event) {
  Runner* runner = find(event.name);
  if (runner == nullptr) {
    // We had given up on the call and looked its name up before the service had made the
    // registration. Now there is one, and it has to be removed.
    ++totals_.ignored;
    runner = &runners_[event.name];
    runner->planned_at = now_;
    runner->id = event.id;
    clean(*runner, Duration::zero());
    return;
  }
  runner->id = event.id;
  if (runner->state != RunnerState::planned) {
    ++totals_.ignored;
    return;
  }
  runner->registered = true;
  if (service_.succeed()) notice(LogLevel::info, "the service gives out JIT configurations again");
  bool const parked = parking_.is_parked() && !runner->probe;
  if (draining_ || is_suspended() || parked || runner->condemned ||
      counts().useful() > options_.max_runners) {
    notice(LogLevel::info, "the runner is not started, because it is no longer wanted",
           {{"runner", event.name}});
    clean(*runner, Duration::zero());
    return;
  }
  enter(*runner, RunnerState::starting, options_.boot_deadline);
  actions_.push_back(StartInstance{event.name});
}

void Fleet::on(JitFailed const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || runner->state != RunnerState::planned ||
      runner->step != StartStep::asked) {
    ++totals_.ignored;
    return;
  }
  jit_failed(event.name, *runner, event.error);
}

void Fleet::on(RegistrationRemoved const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || runner->state == RunnerState::planned) {
    ++totals_.ignored;
    return;
  }
  runner->awaiting_removal = false;
  runner->failed_removals = 0;
  runner->registered = false;
  switch (runner->state) {
    case RunnerState::cleaning: forget(event.name); break;
    case RunnerState::starting:
    case RunnerState::idle:
    case RunnerState::lost:
    case RunnerState::retiring: enter(*runner, RunnerState::stopping, options_.stop_delay); break;
    default: break;  // it is about to exit by itself, or is being stopped already
  }
}

void Fleet::on(RemovalRefused const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || runner->state == RunnerState::planned) {
    ++totals_.ignored;
    return;
  }
  runner->awaiting_removal = false;
  runner->not_before = now_ + options_.removal_retry;
  switch (runner->state) {
    case RunnerState::cleaning: clean_again(event.name, *runner); break;
    case RunnerState::starting:
    case RunnerState::idle:
    case RunnerState::lost:
    case RunnerState::retiring: removal_refused(event.name, *runner); break;
    default: ++totals_.ignored; break;
  }
}

void Fleet::on(RemovalFailed const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !runner->awaiting_removal) {
    ++totals_.ignored;
    return;
  }
  removal_failed(event.name, *runner, event.error.to_string());
}

void Fleet::on(RegistrationLookedUp const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !runner->watch.asked) {
    ++totals_.ignored;
    return;
  }
  looked_up(event.name, *runner, event.found);
}

}  // namespace scaleset::fleet
