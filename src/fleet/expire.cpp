#include <utility>

#include "fleet/fleet.hpp"

/// What happens when the time of a runner's state is over, and of what else only waits for a time.
namespace scaleset::fleet {

void Fleet::expire() {
  for_each([this](std::string const& name, Runner& runner) {
    if (runner.watch.asked && runner.watch.until <= now_) {
      bool const may_be_forgotten = runner.judging;
      looked_up(name, runner, std::nullopt);
      if (may_be_forgotten) return;
    }
    if (runner.deadline && *runner.deadline <= now_) expire(name, runner);
  });
  while (!requeues_.empty() && requeues_.front() <= now_) requeues_.erase(requeues_.begin());
  int const given_up = held_.expire(now_);
  if (given_up == 0) return;
  totals_.held_expired += static_cast<std::uint64_t>(given_up);
  notice(LogLevel::info, "the service never said that jobs have ended whose runners are gone",
         {{"jobs", given_up}});
}

void Fleet::expire(std::string const& name, Runner& runner) {
  switch (runner.state) {
    case RunnerState::planned: expire_planned(name, runner); break;
    case RunnerState::starting:
      enter(runner, RunnerState::lost, std::nullopt);
      ++totals_.lost;
      start_failed(name, kNotStarted, "it did not register in time");
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
      proved(name, runner);
      break;
    case RunnerState::lost: runner.deadline.reset(); break;  // it has no deadline
  }
}

void Fleet::expire_planned(std::string const& name, Runner& runner) {
  if (runner.step == StartStep::preparing) {
    prepare_failed(name, "the backend was not ready for it in time");
  } else {
    jit_failed(name, runner, Error(ErrorCode::timeout, "the call was not answered"));
  }
}

void Fleet::end_finishing(std::string const& name, Runner& runner) {
  runner.deadline = now_ + options_.finishing_grace;
  // The message that a job has completed may come while the job still runs here (B4), so what is
  // seen here counts for more.
  if (!passes_gate(runner, Purpose::safe)) {
    notice(LogLevel::debug, "the service says that the job has ended, but it still runs here",
           {{"runner", name}});
    return;
  }
  // Nothing says that its job has ended here, so the service has to confirm it by the removal.
  bool const is_over = runner.ended_here || runner.activity == Activity::idle;
  if (!runner.done || !is_over) {
    retire(name, runner, "its job has ended, but the runner does not exit", Purpose::safe);
    return;
  }
  // Its only job has ended, here as well. It can be stopped without asking the service, where an
  // ephemeral runner has no registration any more after its job.
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
  if (!runner.over_limit && !passes_gate(runner, Purpose::safe)) return;
  StopMode const mode = runner.stops == 0 ? StopMode::graceful : StopMode::force;
  if (mode == StopMode::force) {
    notice(LogLevel::warn, "the runner did not exit when it was asked to; forcing it",
           {{"runner", name}, {"attempt", runner.stops}});
  }
  ++runner.stops;
  actions_.push_back(StopInstance{name, mode});
}

}  // namespace scaleset::fleet
