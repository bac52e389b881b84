#include "fleet/fleet.hpp"

#include <algorithm>
#include <limits>
#include <utility>

/// What the caller sees of a fleet, and the events of the operator and the clock.
namespace scaleset::fleet {

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
  give_back();
  reconcile();
  used_before_ = used();
  return std::exchange(actions_, {});
}

/// What a runner leaves behind at its end belongs to the budget again. Otherwise a scale set could
/// replace each of its runners for ever, however long others wait, and a budget that was lowered
/// would never be kept.
void Fleet::give_back() {
  int const used = this->used();
  if (share_ && used < used_before_)
    share_->may_have = std::max(used, share_->may_have - (used_before_ - used));
}

int Fleet::capacity() const noexcept {
  if (draining_ || is_suspended() || halted_ || parking_.is_parked()) return 0;
  int const max = std::max(0, options_.max_runners);
  int const useful = std::min(max, counts().useful());
  int more = max - useful;
  if (auto const room = this->room()) more = std::clamp(*room, 0, more);
  if (share_) more = std::clamp(share_->may_offer - used(), 0, more);
  // Without room for one job the service would assign none, and we would never start the runner
  // that shows whether starting works again.
  if (starts_.state() != Breaker::State::closed) {
    bool const may_try =
        starts_.state() == Breaker::State::probing && counts().planned + unproven() == 0;
    more = std::min(more, may_try ? 1 : 0);
  }
  return useful + more + held();
}

std::optional<int> Fleet::target() const noexcept { return target_with(added_); }

std::optional<int> Fleet::target_with(int added) const noexcept {
  if (draining_ || is_suspended() || parking_.is_parked()) return 0;
  if (!statistics_) return std::nullopt;
  return target_runners(demand(), spare_wanted() + extras() + added, options_);
}

int Fleet::spare_wanted() const noexcept { return spare_runners(counts().busy, options_); }

int Fleet::used() const noexcept {
  Counts const counts = count(runners_);
  return counts.useful() + counts.retiring;
}

int Fleet::needed() const noexcept {
  if (draining_) return used();
  if (parking_.is_parked()) return used() + (wants_probe() ? 1 : 0);
  // The service still counts the job of a runner that has just said that it has done it.
  auto const done = std::ranges::count_if(runners_, [](auto const& entry) {
    return entry.second.state == RunnerState::finishing && !entry.second.completed;
  });
  auto const jobs =
      std::min<std::int64_t>(demand().jobs() - done, std::max(0, options_.max_runners));
  Counts const counts = count(runners_);
  int const all = std::max(static_cast<int>(jobs), counts.busy) + counts.retiring;
  return std::min(all, used() + start_slots(counts));
}

int Fleet::wanted() const noexcept {
  if (parking_.is_parked()) return needed();
  Counts const counts = count(runners_);
  return std::min(target().value_or(0) + counts.retiring, used() + start_slots(counts));
}

int Fleet::share_left() const noexcept {
  return share_ ? std::max(0, share_->may_have - used()) : std::numeric_limits<int>::max();
}

int Fleet::phantom() const noexcept {
  return static_cast<int>(std::min<std::int64_t>(gap_.phantom(), std::numeric_limits<int>::max()));
}

std::optional<int> Fleet::room() const noexcept {
  if (!room_) return std::nullopt;
  auto const has_none_yet = [](auto const& entry) {
    Runner const& runner = entry.second;
    return runner.state == RunnerState::planned ||
           (runner.state == RunnerState::starting && !runner.started_at);
  };
  return *room_ - static_cast<int>(std::ranges::count_if(runners_, has_none_yet));
}

bool Fleet::doubts_statistics() const noexcept {
  return statistics_ && statistics_->assigned_jobs != counts().busy + held();
}

Demand Fleet::demand() const noexcept {
  return {statistics_ ? statistics_->assigned_jobs : 0, held_.size(), gap_.phantom()};
}

void Fleet::on(OptionsChanged const& event) {
  auto const limits = [](Options const& options) {
    return std::tuple(options.min_idle, options.idle_factor, options.min_total,
                      options.max_runners);
  };
  auto const before = limits(options_);
  options_ = event.options;
  options_.min_idle = std::max(0, options_.min_idle);
  options_.max_runners = std::max(0, options_.max_runners);
  service_.configure(1, options_.start_backoff);
  starts_.configure(options_.breaker_threshold, options_.start_backoff);
  if (limits(options_) == before) return;
  notice(LogLevel::info, "the limits have changed",
         {{"min_idle", options_.min_idle},
          {"min_total", options_.min_total},
          {"max", options_.max_runners}});
}

void Fleet::on(RoomReported const& event) {
  room_ = event.slots;
  if (room_) room_ = std::max(0, *room_);
}

void Fleet::on(StartsHalted const& event) { halted_ = event.halted; }

void Fleet::on(CredentialsChanged const& /*event*/) { service_.hurry(now_); }

void Fleet::on(TemplateChanged const& /*event*/) {
  // One that is planned will be made of the new one.
  for (auto& [name, runner] : runners_) runner.outdated = has_instance(runner);
}

void Fleet::on(ShareGiven const& event) {
  share_ = event.share;
  used_before_ = used();
}

void Fleet::on(DrainRequested const&) { draining_ = true; }

void Fleet::on(Adopted const& event) {
  Runner* const known = find(event.name);
  if (known != nullptr && !(known->state == RunnerState::cleaning && event.alive)) {
    ++totals_.ignored;
    return;
  }
  Runner& runner = runners_[event.name];
  runner.planned_at = now_;
  if (event.id) runner.id = event.id;
  runner.scale_set = event.scale_set;
  runner.condemned = scale_set_ != ScaleSetId{} && runner.scale_set != ScaleSetId{} &&
                     runner.scale_set != scale_set_;
  runner.reference = event.reference;
  runner.registered = true;
  if (event.job) runner.job = event.job;
  if (event.alive) {
    adopt(event, runner, known == nullptr ? event.state : RunnerState::lost);
  } else {
    // The service counts the job until it has noticed that its runner is gone.
    if (event.state == RunnerState::busy) hold_job(event.name, runner);
    // Without an id, the answer to its call was lost, and the service may still be working on it.
    clean(runner, event.id ? Duration::zero() : options_.lookup_delay);
  }
  bool const died_busy =
      !event.alive && event.state == RunnerState::busy && !event.said_goodbye.value_or(false);
  if (died_busy) return tell_of_dead(event);
  notice(LogLevel::info,
         event.alive ? "adopted the runner"
                     : "the runner of an earlier process is gone; removing what is left of it",
         {{"runner", event.name}, {"state", std::string(to_string(runner.state))}});
}

void Fleet::on(JobsHeldBefore const& event) {
  // The clock may have been set back meanwhile.
  for (HeldJob const& job : event.jobs)
    held_.hold(job.runner, job.id, std::min(job.until, now_ + options_.held_limit));
}

/// Its job may have ended all the same, but nobody here saw it, and somebody may wait for it.
void Fleet::tell_of_dead(Adopted const& event) {
  Fields fields{{"runner", event.name}};
  if (event.job) {
    fields.emplace_back("job", event.job->job_display_name);
    fields.emplace_back("job_id", event.job->job_id);
    fields.emplace_back("repository", event.job->owner + "/" + event.job->repository);
  }
  notice(LogLevel::warn,
         event.said_goodbye
             ? "a runner died in the middle of its job while scaleset did not run"
             : "a runner that had a job is gone; it ended while scaleset did not run",
         std::move(fields));
}

void Fleet::on(Tick const&) {}

}  // namespace scaleset::fleet
