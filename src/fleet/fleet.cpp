#include "fleet/fleet.hpp"

#include <algorithm>
#include <utility>

/// What each event does to its runner. What follows from the time and the demand is in
/// reconcile.cpp.
namespace scaleset::fleet {
namespace {

bool has_instance(Runner const& runner) noexcept {
  return runner.state != RunnerState::planned && runner.state != RunnerState::cleaning;
}

/// Whether it never had a job and may still get one.
bool is_unused(Runner const& runner) noexcept {
  bool const ready = runner.state == RunnerState::starting || runner.state == RunnerState::idle;
  return ready && !runner.used;
}

/// Whether the service may still know the runner after its instance has ended. The service removes
/// an ephemeral runner after its job, so that asking for that would only cost calls (B10).
bool needs_cleaning(Runner const& runner, std::optional<int> code) noexcept {
  if (!runner.registered) return false;
  if (runner.stops > 0) return true;
  return !runner.done && !(runner.state == RunnerState::busy && code == 0);
}

std::string describe_exit(InstanceExited const& event) {
  std::string text = event.code ? "exit code " + std::to_string(*event.code) : "no exit code";
  if (!event.reason.empty()) text += ": " + event.reason;
  return text;
}

}  // namespace

Fleet::Fleet(Options options, std::shared_ptr<RandomSource> random)
    : options_(std::move(options)),
      random_(std::move(random)),
      service_(1, options_.start_backoff),
      starts_(options_.breaker_threshold, options_.start_backoff) {}

std::vector<Action> Fleet::handle(Event const& event, TimePoint now) {
  now_ = std::max(now_, now);
  actions_.clear();
  service_.advance(now_);
  starts_.advance(now_);
  std::visit([this](auto const& what) { on(what); }, event);
  expire();
  reconcile();
  return std::exchange(actions_, {});
}

int Fleet::capacity() const noexcept {
  if (draining_) return 0;
  int const max = std::max(0, options_.max_runners);
  if (starts_.state() == Breaker::State::closed) return max;
  // Without room for one job the service would assign none, and we would never start the runner
  // that shows whether starting works again.
  bool const may_try = starts_.state() == Breaker::State::probing && attempts() == 0;
  return std::min(max, counts().useful() + (may_try ? 1 : 0));
}

std::optional<int> Fleet::target() const noexcept {
  if (draining_) return 0;
  if (!statistics_) return std::nullopt;
  return target_runners(demand(), options_);
}

void Fleet::on(StatisticsReported const& event) { statistics_ = event.statistics; }

void Fleet::on(JobStartedReported const& event) {
  auto entry = runners_.find(event.name);
  if (entry == runners_.end() && event.id != RunnerId{}) {
    entry = std::ranges::find_if(runners_,
                                 [&](auto const& each) { return each.second.id == event.id; });
  }
  if (entry == runners_.end()) {
    ++totals_.unknown_job_started;
    return;
  }
  auto& [name, runner] = *entry;
  if (!has_instance(runner) || runner.done) {
    ++totals_.ignored;
    return;
  }
  become_busy(name, runner);
}

void Fleet::on(JobCompletedReported const& event) {
  bool const was_awaited = std::erase_if(awaited_completions_, [&](auto const& each) {
                             return each.first == event.name;
                           }) > 0;
  Runner* const runner = find(event.name);
  if (runner == nullptr) {
    if (!was_awaited) ++totals_.unmatched_job_completed;
    return;
  }
  if (!has_instance(*runner)) {
    ++totals_.ignored;
    return;
  }
  runner->used = true;
  if (event.result == "canceled") {
    job_cancelled(*runner);
    return;
  }
  runner->completed = true;
  job_done(event.name, *runner);
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
  if (draining_ || counts().useful() > options_.max_runners) {
    notice(LogLevel::info, "the runner is not started, because it is no longer needed",
           {{"runner", event.name}});
    clean(*runner, Duration::zero());
    return;
  }
  enter(*runner, RunnerState::starting, options_.boot_deadline);
  actions_.push_back(StartInstance{event.name});
}

void Fleet::on(JitFailed const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || runner->state != RunnerState::planned) {
    ++totals_.ignored;
    return;
  }
  jit_failed(event.name, *runner, event.error);
}

void Fleet::on(InstanceStarted const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !has_instance(*runner)) {
    ++totals_.ignored;
    return;
  }
  bool const first = runner->reference.empty();
  runner->reference = event.reference;
  // The boot deadline counts from here, because fetching an image, for example, is not booting. The
  // backend has its own limit for that.
  if (first && runner->state == RunnerState::starting)
    runner->deadline = now_ + options_.boot_deadline;
}

void Fleet::on(InstanceFailed const& event) {
  Runner* const runner = find(event.name);
  // If there was a reference or any sign of life, there is an instance, and only its exit ends it.
  if (runner == nullptr || !has_instance(*runner) || !runner->reference.empty() ||
      runner->evidence != LocalEvidence::unknown || runner->used) {
    ++totals_.ignored;
    return;
  }
  if (runner->state == RunnerState::starting) start_failed(event.name, event.reason);
  end(event.name, *runner, runner->registered);
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

void Fleet::on(InstanceRegistered const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !has_instance(*runner) || runner->done) {
    ++totals_.ignored;
    return;
  }
  if (runner->evidence == LocalEvidence::unknown) runner->evidence = LocalEvidence::idle;
  bool const late = runner->state == RunnerState::lost;
  if (late && (draining_ || counts().useful() >= options_.max_runners)) return;
  if (!late && runner->state != RunnerState::starting) return;
  become_idle(*runner);
  // Until then it proves nothing: see Options::proof_time.
  if (runner->state == RunnerState::idle && starts_.state() != Breaker::State::closed)
    runner->deadline = now_ + options_.proof_time;
}

void Fleet::on(InstanceBusy const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !has_instance(*runner)) {
    ++totals_.ignored;
    return;
  }
  runner->evidence = LocalEvidence::busy;
  if (!runner->done) {
    become_busy(event.name, *runner);
  } else if (runner->state == RunnerState::stopping) {
    enter(*runner, RunnerState::finishing, options_.finishing_grace);
  }
}

void Fleet::on(InstanceIdle const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !has_instance(*runner)) {
    ++totals_.ignored;
    return;
  }
  runner->evidence = LocalEvidence::idle;
  runner->used = true;
  if (runner->done) return;
  if (!runner->completed) await_completion(event.name);
  job_done(event.name, *runner);
}

void Fleet::on(InstanceExited const& event) {
  Runner* const runner = find(event.name);
  if (runner == nullptr || !has_instance(*runner)) {
    ++totals_.ignored;
    return;
  }
  std::string const how = describe_exit(event);
  Fields fields{
      {"runner", event.name}, {"state", std::string(to_string(runner->state))}, {"exit", how}};
  bool const was_busy = runner->state == RunnerState::busy;
  if (is_unused(*runner)) {
    start_failed(event.name, how);
  } else if (was_busy && event.code != 0) {
    notice(LogLevel::warn, "the runner ended in the middle of a job", std::move(fields));
  } else {
    notice(LogLevel::info, "the runner ended", std::move(fields));
  }
  if (was_busy && !runner->completed) await_completion(event.name);
  end(event.name, *runner, needs_cleaning(*runner, event.code));
}

void Fleet::on(LimitsChanged const& event) {
  options_.min_runners = std::max(0, event.min_runners);
  options_.max_runners = std::max(0, event.max_runners);
  notice(LogLevel::info, "the limits have changed",
         {{"min", std::to_string(options_.min_runners)},
          {"max", std::to_string(options_.max_runners)}});
}

void Fleet::on(DrainRequested const&) {
  if (std::exchange(draining_, true)) return;
  notice(LogLevel::info, "draining: no runner is started any more, busy ones finish",
         {{"runners", std::to_string(runners_.size())}, {"busy", std::to_string(counts().busy)}});
}

void Fleet::on(Adopted const& event) {
  Runner* const known = find(event.name);
  if (known != nullptr && !(known->state == RunnerState::cleaning && event.alive)) {
    ++totals_.ignored;
    return;
  }
  Runner& runner = runners_[event.name];
  if (known == nullptr) runner.planned_at = now_;
  if (event.id) runner.id = event.id;
  runner.reference = event.reference;
  runner.registered = true;
  if (event.alive) {
    adopt(runner, known == nullptr ? event.state : RunnerState::lost);
  } else {
    // Without an id, the answer to its call was lost, and the service may still be working on it.
    clean(runner, event.id ? Duration::zero() : options_.lookup_delay);
  }
  notice(LogLevel::info,
         event.alive ? "adopted the runner"
                     : "the runner of an earlier process is gone; removing what is left of it",
         {{"runner", event.name}, {"state", std::string(to_string(runner.state))}});
}

void Fleet::on(Tick const&) {}

}  // namespace scaleset::fleet
