#include <algorithm>
#include <utility>

#include "fleet/fleet.hpp"

/// What an operator asks for.
namespace scaleset::fleet {

std::string_view to_string(Suspension suspension) noexcept {
  switch (suspension) {
    case Suspension::none: break;
    case Suspension::paused: return "paused";
    case Suspension::drained: return "drained";
  }
  return "";
}

std::optional<Suspension> parse_suspension(std::string_view text) noexcept {
  for (Suspension const one : {Suspension::none, Suspension::paused, Suspension::drained}) {
    if (to_string(one) == text) return one;
  }
  return std::nullopt;
}

void Fleet::on(SuspensionChanged const& event) { suspension_ = event.how; }

int Fleet::extras() const noexcept {
  auto const waits = [](auto const& entry) {
    Runner const& runner = entry.second;
    bool const can_get_one = runner.state == RunnerState::planned ||
                             runner.state == RunnerState::starting ||
                             runner.state == RunnerState::idle;
    return runner.extra && !runner.used && !runner.condemned && can_get_one;
  };
  return static_cast<int>(std::ranges::count_if(runners_, waits));
}

Result<void> Fleet::may_add() const {
  auto const refuse = [](std::string why) { return fail(ErrorCode::conflict, std::move(why)); };
  if (draining_) return refuse("the scale set is draining, because the autoscaler is to end");
  if (is_suspended())
    return refuse("the scale set is " + std::string(to_string(suspension_)) + "; resume it first");
  if (halted_) return refuse("nothing can be started while the journal cannot be written");
  if (auto const parked = this->parked()) return refuse(*parked);
  if (!statistics_) return refuse("the scale set is not served yet; ask for its status");
  Counts const counts = this->counts();
  if (runners_to_plan(counts, counts.useful() + added_ + 1, added_ + 1, options_) <= added_)
    return refuse("there are " + std::to_string(counts.instances()) +
                  " runners, and the maximum is " + std::to_string(options_.max_runners));
  for (Breaker const* const pause : {&service_, &starts_}) {
    if (pause->retry_at())
      return refuse("starts are paused, because the last one failed: " + pause->cause());
  }
  // The budget is asked for its part.
  if (start_slots(counts) <= added_)
    return refuse("there is no room for another runner now, or one is tried first");
  return {};
}

void Fleet::on(RunnerAdded const& /*event*/) {
  if (!may_add()) {
    ++totals_.ignored;
    return;
  }
  ++added_;
}

void Fleet::on(AdditionWithdrawn const& /*event*/) { added_ = std::max(0, added_ - 1); }

/// After the runners that jobs need.
void Fleet::plan_added() {
  while (added_ > 0) {
    Counts const counts = this->counts();
    int const slots = std::min(1, plan_slots(counts));
    if (runners_to_plan(counts, counts.useful() + 1, slots, options_) == 0) return;
    plan_one().extra = true;
    --added_;
  }
}

Result<void> Fleet::may_retire(std::string_view name) const {
  auto const entry = runners_.find(name);
  if (entry == runners_.end())
    return fail(ErrorCode::runner_not_found,
                "there is no runner \"" + std::string(name) + "\"; `scaleset status` lists them");
  Runner const& runner = entry->second;
  bool const is_busy = runner.evidence == LocalEvidence::busy || runner.activity == Activity::busy;
  switch (runner.state) {
    case RunnerState::planned:
      if (runner.step != StartStep::asked) return {};
      return fail(ErrorCode::conflict, "the runner is just being registered; try again");
    case RunnerState::starting:
    case RunnerState::idle:
      if (!is_busy) return {};
      [[fallthrough]];
    case RunnerState::busy:
    case RunnerState::finishing:
      return fail(ErrorCode::job_still_running, "the runner has a job, and is left alone");
    case RunnerState::lost:
    case RunnerState::retiring:
    case RunnerState::stopping:
    case RunnerState::cleaning: break;
  }
  return fail(ErrorCode::conflict, "the runner is on its way out already");
}

void Fleet::on(RetirementRequested const& event) {
  if (!may_retire(event.name)) {
    ++totals_.ignored;
    return;
  }
  Runner& runner = runners_.find(event.name)->second;
  if (runner.state == RunnerState::planned) return forget(event.name);
  retire(event.name, runner, "an operator asked for that", Purpose::safe);
}

}  // namespace scaleset::fleet
