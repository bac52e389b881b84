#include <algorithm>
#include <utility>

#include "base/random_text.hpp"
#include "fleet/fleet.hpp"

/// Which runners are started.
namespace scaleset::fleet {
namespace {

constexpr std::chrono::minutes kLongAtMaximum{1};  // then the log says so
constexpr std::size_t kMaxName = 64;               // the longest name that the service takes
constexpr std::size_t kSuffix = 8;
constexpr int kMostStarts = 1'000'000;  // in sums no number is too large for an int

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

/// Whether it has not shown yet that it stays. An idle runner that is to show it has a deadline.
bool is_tried(Runner const& runner) noexcept {
  return runner.state == RunnerState::starting ||
         (runner.state == RunnerState::idle && runner.deadline.has_value());
}

}  // namespace

void Fleet::plan() {
  Counts const counts = this->counts();
  int const wanted = target_with(0).value_or(0);
  // The end of a pause comes without an event. That of `starts_` changes the advertised capacity,
  // and so it always needs a Tick; that of `service_` only if there is a runner to start.
  if (auto const retry = starts_.retry_at()) wake_at(*retry);
  bool const is_missing = wanted > counts.useful() || counts.planned > 0;
  if (auto const retry = service_.retry_at(); retry && is_missing) wake_at(*retry);
  int const starts = runners_to_plan(counts, wanted, plan_slots(counts), options_);
  if (starts == 0) return;
  notice(LogLevel::info, "starting runners",
         {{"count", starts},
          {"jobs", statistics_->assigned_jobs},
          {"runners", counts.useful()},
          {"wanted", wanted}});
  for (int i = 0; i < starts; ++i) plan_one();
}

// Otherwise jobs that wait only because of the maximum look as if nothing happened. GitHub does not
// tell of them: it assigns only as many as are asked for.
void Fleet::tell_of_maximum() {
  if (statistics_ && options_.max_runners == 0 && maximum_ != Maximum::zero) {
    maximum_ = Maximum::zero;
    notice(LogLevel::warn, "the maximum of runners is 0: no job is taken, however many wait");
  }
  if (options_.max_runners == 0) return;
  if (demand().jobs() < options_.max_runners) {
    if (std::exchange(maximum_, Maximum::not_reached) == Maximum::told)
      notice(LogLevel::info, "there are fewer jobs than the maximum of runners again",
             {{"max", options_.max_runners}});
    return;
  }
  if (maximum_ == Maximum::not_reached || maximum_ == Maximum::zero) {
    maximum_ = Maximum::reached;
    maximum_since_ = now_;
  }
  // A small maximum is reached by every job.
  if (maximum_ == Maximum::told || !is_due(maximum_since_ + kLongAtMaximum)) return;
  maximum_ = Maximum::told;
  notice(LogLevel::info, "there are as many jobs as the maximum of runners allows; others wait",
         {{"max", options_.max_runners}, {"jobs", statistics_->assigned_jobs}});
}

// While a breaker is probing, one attempt at a time goes through it. For the service an attempt is
// a JIT call; for the starts it lasts until the runner has a job or has been idle for a while.
int Fleet::plan_slots(Counts const& counts) const noexcept {
  return std::min(start_slots(counts), share_left());
}

int Fleet::start_slots(Counts const& counts) const noexcept {
  if (halted_ || is_suspended() || parking_.is_parked()) return 0;
  if (service_.retry_at() || starts_.retry_at()) return 0;
  int slots = std::min(room().value_or(kMostStarts), kMostStarts);
  if (service_.state() == Breaker::State::probing) slots = std::min(slots, 1 - counts.planned);
  if (starts_.state() == Breaker::State::probing)
    slots = std::min(slots, 1 - counts.planned - unproven());
  return std::max(0, slots);
}

bool Fleet::is_probing() const noexcept {
  return std::ranges::any_of(runners_, [](auto const& entry) {
    Runner const& runner = entry.second;
    return runner.probe && (runner.state == RunnerState::planned || is_tried(runner));
  });
}

bool Fleet::wants_probe() const noexcept {
  auto const due = parking_.probe_at();
  return due && *due <= now_ && !is_suspended() && !halted_ && !is_probing();
}

// While the scale set is parked, one runner is tried now and then, whether a job waits or not.
void Fleet::plan_probe() {
  auto const due = parking_.probe_at();
  if (!due || draining_ || is_suspended() || halted_ || is_probing()) return;
  if (!is_due(*due)) return;
  Counts const counts = this->counts();
  int const slots = std::min(1, share_left());
  if (runners_to_plan(counts, counts.useful() + 1, slots, options_) == 0) return;
  parking_.probe_next(now_ + options_.park_probe);
  notice(LogLevel::debug, "trying one runner, to see if the service accepts its version");
  plan_one().probe = true;
}

Runner& Fleet::plan_one() {
  std::string const name = fresh_name();
  Runner& runner = runners_[name];
  runner.planned_at = now_;
  // From the beginning: if its row changed before the call, that would be one more commit.
  runner.scale_set = scale_set_;
  enter(runner, RunnerState::planned, options_.prepare_deadline);
  ++totals_.planned;
  actions_.push_back(PrepareInstance{name});
  return runner;
}

void Fleet::ask() {
  std::vector<Runners::pointer> waiting;
  for (auto& entry : runners_) {
    Runner const& runner = entry.second;
    bool const waits = runner.state == RunnerState::planned && runner.step == StartStep::prepared;
    if (waits) waiting.push_back(&entry);
  }
  if (waiting.empty()) return;
  std::ranges::stable_sort(waiting, {}, [](auto const* entry) { return entry->second.planned_at; });
  bool const parked = parking_.is_parked();
  int surplus = counts().useful() - target().value_or(0) - static_cast<int>(requeues_.size());
  int slots = call_slots(parked);
  for (auto* entry : waiting) {
    auto& [name, runner] = *entry;
    // Its job was cancelled while the backend got ready, its version is refused now, or an operator
    // wants none.
    bool const is_unwanted = parked ? !runner.probe : surplus-- > 0;
    if (is_unwanted || is_suspended()) {
      forget(name);
      continue;
    }
    if (slots-- <= 0) return;
    runner.step = StartStep::asked;
    runner.asked_at = now_;
    runner.deadline = now_ + options_.answer_deadline;
    actions_.push_back(RequestJit{name});
  }
}

int Fleet::call_slots(bool probe) const noexcept {
  auto const is_asked = [](auto const& entry) {
    return entry.second.state == RunnerState::planned && entry.second.step == StartStep::asked;
  };
  int const asked = static_cast<int>(std::ranges::count_if(runners_, is_asked));
  if (halted_ || service_.retry_at()) return 0;
  int slots = options_.parallel_starts - asked;
  if (service_.state() == Breaker::State::probing) slots = std::min(slots, 1 - asked);
  if (probe) return slots;
  if (starts_.retry_at()) return 0;
  if (starts_.state() == Breaker::State::closed) return slots;
  return std::min(slots, 1 - asked - unproven());
}

bool Fleet::is_unproven(Runner const& runner) const noexcept {
  return may_prove(runner) && is_tried(runner);
}

int Fleet::unproven() const noexcept {
  return static_cast<int>(std::ranges::count_if(
      runners_, [this](auto const& entry) { return is_unproven(entry.second); }));
}

std::string Fleet::fresh_name() {
  std::string const prefix = options_.name_prefix.substr(0, kMaxName - kSuffix - 1) + "-";
  std::string suffix = base::random_hex(*random_, kSuffix);
  // Counting on ends even if the random source gives the same number for ever.
  while (runners_.contains(prefix + suffix)) increment_hex(suffix);
  return prefix + suffix;
}

}  // namespace scaleset::fleet
