#include <algorithm>
#include <utility>

#include "fleet/fleet.hpp"

/// Runners that are not what they seem to be: those that the service does not know any more (B1),
/// those that it gives no job (I8), and those that have run for too long (G5).
namespace scaleset::fleet {
namespace {

constexpr int kJudgements = 3;  // how often the service is asked how a runner ended

bool is_watched(Runner const& runner) noexcept {
  if (runner.judging) return true;
  if (!runner.registered || !runner.id || !runner.started_at) return false;
  switch (runner.state) {
    case RunnerState::starting:
      return runner.evidence != LocalEvidence::unknown || runner.watch.troubled;
    case RunnerState::idle: return true;
    // Only the service has said that it has a job, perhaps by mistake.
    case RunnerState::busy:
      return runner.unconfirmed ||
             (runner.evidence != LocalEvidence::busy && runner.activity != Activity::busy);
    default: return false;
  }
}

}  // namespace

void Fleet::watch() {
  std::vector<Runners::pointer> due;
  int slots = options_.parallel_look_ups;
  for (auto& entry : runners_) {
    Runner const& runner = entry.second;
    if (runner.watch.asked) {
      --slots;
      wake_at(runner.watch.until);
    } else if (is_watched(runner) && is_due(runner.watch.at)) {
      due.push_back(&entry);
    }
  }
  std::ranges::stable_sort(due, {}, [](auto const* entry) { return entry->second.watch.at; });
  for (auto* entry : due) {
    if (slots-- <= 0) return;
    look_up(entry->first, entry->second);
  }
}

void Fleet::look_up(std::string const& name, Runner& runner) {
  runner.watch.asked = true;
  runner.watch.until = now_ + options_.answer_deadline;
  wake_at(runner.watch.until);
  actions_.push_back(LookUpRegistration{name, *runner.id});
}

void Fleet::looked_up(std::string const& name, Runner& runner, std::optional<bool> found) {
  RegistrationWatch& watch = runner.watch;
  watch.asked = false;
  if (runner.judging) return judged(name, runner, found);
  watch.at = now_ + options_.watch_interval;
  if (!found || !is_watched(runner)) return;  // a call that failed says nothing
  if (*found) {
    watch.misses = 0;
    watch.troubled = false;
    return;
  }
  if (++watch.misses < 2) {
    watch.at = now_ + options_.second_look;
    return;
  }
  watch.gone_since = now_;
  runner.registered = false;
  ++totals_.zombies;
  notice(LogLevel::warn, "the service does not know the runner any more; it is replaced",
         {{"runner", name}, {"state", std::string(to_string(runner.state))}});
  enter(runner, RunnerState::lost, std::nullopt);
}

// The instance has ended without an error, and nobody saw a job on it.
void Fleet::judge(Runner& runner, std::string how) {
  clean(runner, Duration::zero());
  runner.judging = true;
  runner.exit = std::move(how);
  runner.watch = RegistrationWatch();
  runner.watch.at = now_;
}

void Fleet::judged(std::string const& name, Runner& runner, std::optional<bool> found) {
  if (!found && ++runner.watch.failures < kJudgements) {
    runner.watch.at = now_ + options_.removal_retry;
    return;
  }
  if (found && !*found) {
    notice(LogLevel::info,
           "the runner ended; it was removed at the service, or did a job that nobody told of",
           {{"runner", name}, {"exit", runner.exit}});
    forget(name);
    return;
  }
  start_failed(name, kEndedEarly, runner.exit);
  clean(runner, Duration::zero());
}

std::int64_t Fleet::gap() const noexcept {
  if (!statistics_) return 0;
  // A runner may have its job before the service counts the job as running, and the service may
  // still count the held ones as running.
  auto const running = std::max<std::int64_t>(counts().busy + held(), statistics_->running_jobs);
  return std::max<std::int64_t>(0, statistics_->assigned_jobs - running);
}

void Fleet::suspect() {
  if (draining_ || parking_.is_parked()) return;
  std::int64_t const gap = this->gap();
  Duration const window = options_.assignment_window;
  gap_.waits(gap, now_);
  for (auto const& name : gap_.suspects(gap, runners_, now_, window)) {
    runners_.at(name).suspect = true;
    ++totals_.suspects;
  }
  bool const is_new = gap > 0 && gap_.phantom() == 0;
  if (is_new && gap_.is_hopeless(runners_, now_, window)) {
    gap_.give_up(gap);
    ++totals_.phantoms;
    notice(LogLevel::warn,
           std::string("the service says that ") +
               (gap == 1 ? "a job waits" : std::to_string(gap) + " jobs wait") + ", but gives " +
               (gap == 1 ? "it" : "them") + " to no runner; no more runners are started for that",
           {{"jobs", gap}, {"assigned", statistics_->assigned_jobs}, {"idle", counts().idle}});
    for (auto& [name, runner] : runners_) runner.suspect = false;
  }
  for (auto& [name, runner] : runners_) {
    if (runner.suspect && runner.state == RunnerState::idle)
      retire(name, runner, "it has got no job although jobs wait", Purpose::suspect);
  }
  if (auto const next = gap_.next(gap, runners_, now_, window)) wake_at(*next);
}

void Fleet::enforce_limits() {
  if (!options_.max_job && !options_.max_age) return;
  for (auto& [name, runner] : runners_) {
    bool const has_job =
        (runner.state == RunnerState::busy && !runner.unconfirmed) ||
        (runner.state == RunnerState::finishing && runner.evidence == LocalEvidence::busy);
    if (has_job) enforce_limits(name, runner);
  }
}

void Fleet::enforce_limits(std::string const& name, Runner& runner) {
  std::optional<TimePoint> end;
  std::optional<TimePoint> warning;
  auto const apply = [&](std::optional<Duration> limit, TimePoint start) {
    if (!limit || (end && *end <= start + *limit)) return;
    end = start + *limit;
    warning = start + warning_age(*limit);
  };
  apply(options_.max_job, runner.busy_since.value_or(runner.since));
  apply(options_.max_age, runner.planned_at);
  if (!end) return;
  if (is_due(*end)) {
    notice(LogLevel::warn, "the runner has reached its limit of time, and is stopped with its job",
           {{"runner", name}});
    if (!runner.completed) hold_job(name, runner);
    runner.over_limit = true;
    enter(runner, RunnerState::stopping, Duration::zero());
    stop_again(name, runner);
    return;
  }
  if (runner.warned || !is_due(*warning)) return;
  runner.warned = true;
  auto const left = std::chrono::ceil<std::chrono::seconds>(*end - now_).count();
  notice(LogLevel::warn, "the runner will be stopped with its job, unless that ends before",
         {{"runner", name}, {"seconds_left", std::int64_t{left}}});
}

}  // namespace scaleset::fleet
