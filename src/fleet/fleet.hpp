#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fleet/brake.hpp"
#include "fleet/breaker.hpp"
#include "fleet/events.hpp"
#include "fleet/gap_watch.hpp"
#include "fleet/gate.hpp"
#include "fleet/held_jobs.hpp"
#include "fleet/options.hpp"
#include "fleet/parking.hpp"
#include "fleet/policy.hpp"
#include "fleet/runner.hpp"
#include "scaleset/hooks.hpp"

/// Decides about the runners of one scale set. It does no input or output, and has neither clock
/// nor thread: the same events at the same times with the same random source give the same actions.
namespace scaleset::fleet {

/// Counts since the start. They never decrease.
struct Totals {
  std::uint64_t planned = 0;         // runners that were planned
  std::uint64_t jit_failures = 0;    // JIT configuration calls that failed or were not answered
  std::uint64_t start_failures = 0;  // runners that ended or missed their deadline without a job
  std::uint64_t lost = 0;            // of these: those that did not register in time
  std::uint64_t retired = 0;         // runners with a living instance that we began to remove
  std::uint64_t zombies = 0;         // living runners that the service did not know any more (B1)
  std::uint64_t suspects = 0;        // idle runners that took no waiting job (I8)
  std::uint64_t phantoms = 0;        // how often a gap of waiting jobs was given up (A10)
  std::uint64_t parked = 0;          // how often the service began to refuse the version (B9)
  std::uint64_t held_expired = 0;    // held jobs whose end the service never reported
  std::uint64_t unknown_job_started = 0;      // of runners that we do not, or no longer, have
  std::uint64_t unmatched_job_completed = 0;  // of no runner, or as above
  std::uint64_t ignored = 0;  // other events that came too late, twice or out of order
};

/// The state machine of one scale set's runners. The caller reports everything that happens, does
/// what it answers, reports the outcomes as events, and calls it with a Tick at next_deadline():
///
///     for (Action const& action : fleet.handle(event, now)) execute(action);
///
/// After every event it compares how many runners are wanted (target_runners) with how many are
/// useful (Counts::useful). Events that come late, twice or out of order do no harm in any state. A
/// busy runner is stopped only by a limit of time (G5). Every other living runner passes the gate
/// first (gate_opens), and as long as the service knows it, the service removes its registration
/// before its instance is stopped, and refuses that if the runner has a job (B3). The brake limits
/// how many may be ended in a minute on a mere suspicion (B5). Not thread-safe. An event costs
/// O(runners log runners).
class Fleet {
 public:
  Fleet(Options options, std::shared_ptr<RandomSource> random);

  /// `now` must not go back. The actions must be begun in their order, but need not be waited for.
  [[nodiscard]] std::vector<Action> handle(Event const& event, TimePoint now);

  /// When a Tick is due. No value if nothing will happen before the next event.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const noexcept { return wake_; }
  /// The capacity to advertise with a poll (protocol.md 9): how many runners there can be in all,
  /// and the held jobs, which the service still counts. While the starts keep failing there can
  /// only be the useful ones, and one more when a start may be tried. With a budget there can be as
  /// many as the share allows to offer. While draining, suspended, parked or halted it is 0.
  [[nodiscard]] int capacity() const noexcept;
  [[nodiscard]] Counts counts() const noexcept {
    Counts counts = count(runners_);
    counts.unclear = static_cast<int>(unclear_starts_.size());
    return counts;
  }
  /// How many useful runners are wanted. No value before the first statistics.
  [[nodiscard]] std::optional<int> target() const noexcept;
  /// How many of these are to be idle (Options::min_idle, Options::idle_factor).
  [[nodiscard]] int spare_wanted() const noexcept;
  /// What it uses of a budget, in runners: the useful ones, and those that are being retired, which
  /// may turn out to have a job.
  [[nodiscard]] int used() const noexcept;
  /// What is left of the share of a budget that it was given: each runner that has ended since then
  /// has taken its part with it.
  [[nodiscard]] std::optional<Share> const& share() const noexcept { return share_; }
  /// What its jobs need of it, whether they run or wait; the runners that are being retired, too.
  /// Not more than could be started now: what failed starts cannot use belongs to others.
  [[nodiscard]] int needed() const noexcept;
  /// What it would use without a budget, if it could be started now.
  [[nodiscard]] int wanted() const noexcept;
  /// Whether jobs may come at all. Not while it drains, is suspended or parked.
  [[nodiscard]] bool takes_jobs() const noexcept {
    return !draining_ && !is_suspended() && !parking_.is_parked();
  }
  /// How many more runners than the useful ones the backend has room for. No value: not known.
  [[nodiscard]] std::optional<int> room() const noexcept;
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  [[nodiscard]] Suspension suspension() const noexcept { return suspension_; }
  /// Whether an operator may have one runner more now, or as soon as the budget gives it. Errors:
  /// conflict, with the reason.
  [[nodiscard]] Result<void> may_add() const;
  /// Whether an operator may have this runner removed, as far as is known here. Errors:
  /// runner_not_found; job_still_running; conflict if it is on its way in or out.
  [[nodiscard]] Result<void> may_retire(std::string_view name) const;
  /// The last statistics of the service. No value before the first ones.
  [[nodiscard]] std::optional<Statistics> const& statistics() const noexcept { return statistics_; }
  /// Why no runner is started: the service refuses the runners' version. One sentence for a person,
  /// which says what to do. No value if the scale set is not parked (B9).
  [[nodiscard]] std::optional<std::string> parked() const { return parking_.reason(); }
  /// How many assigned jobs have lost their runner, while the service has not said yet that they
  /// have ended.
  [[nodiscard]] int held() const noexcept { return held_.size(); }
  /// These jobs. They must survive a restart: the service says nothing of them for many minutes.
  [[nodiscard]] std::vector<HeldJob> const& held_jobs() const noexcept { return held_.jobs(); }
  /// How many jobs wait at the service's word, although it gives them to no runner (A10).
  [[nodiscard]] int phantom() const noexcept;
  /// Whether the last statistics do not fit what is known here, so that it is worth asking for new
  /// ones: they come with messages only, and no message may be left.
  [[nodiscard]] bool doubts_statistics() const noexcept;
  /// Whether no runner and nothing of one is left, which is when a drain is complete.
  [[nodiscard]] bool is_empty() const noexcept { return runners_.empty(); }
  [[nodiscard]] Runners const& runners() const noexcept { return runners_; }
  [[nodiscard]] Totals const& totals() const noexcept { return totals_; }
  /// Says, for reports, whether starts keep failing, and why.
  [[nodiscard]] Breaker const& starts() const noexcept { return starts_; }
  /// The same of the calls for JIT configurations.
  [[nodiscard]] Breaker const& calls() const noexcept { return service_; }
  [[nodiscard]] Options const& options() const noexcept { return options_; }

 private:
  using Fields = std::vector<std::pair<std::string, FieldValue>>;

  // What each event does: those of the service (service_events.cpp), of the backend
  // (backend_events.cpp), and of the operator and the clock (fleet.cpp, operator_events.cpp).
  void on(MessageReported const& event);
  void on(ScaleSetKnown const& event);
  void on(Prepared const& event);
  void on(PrepareFailed const& event);
  void on(StartAbandoned const& event);
  void on(JitReady const& event);
  void on(JitFailed const& event);
  void on(InstanceStarted const& event);
  void on(InstanceFailed const& event);
  void on(RegistrationRemoved const& event);
  void on(RemovalRefused const& event);
  void on(RemovalFailed const& event);
  void on(RegistrationLookedUp const& event);
  void on(InstanceRegistered const& event);
  void on(InstanceBusy const& event);
  void on(InstanceIdle const& event);
  void on(InstanceTroubled const& event);
  void on(InstanceExited const& event);
  void on(InstancesListed const& event);
  void on(RoomReported const& event);
  void on(StartsHalted const& event);
  void on(CredentialsChanged const& event);
  void on(OptionsChanged const& event);
  void on(TemplateChanged const& event);
  void on(ShareGiven const& event);
  void on(DrainRequested const& event);
  void on(SuspensionChanged const& event);
  void on(RunnerAdded const& event);
  void on(AdditionWithdrawn const& event);
  void on(RetirementRequested const& event);
  void on(Adopted const& event);
  void on(JobsHeldBefore const& event);
  void on(Tick const& event);

  void statistics_reported(Statistics const& statistics);
  void job_started(JobStarted const& event);
  void job_completed(JobCompleted const& event);
  Runners::iterator find_runner(std::string const& name, RunnerId id) noexcept;
  Runner* find_with_instance(std::string_view name) noexcept;
  Runner* find_preparing(std::string_view name) noexcept;
  void has_started(Runner& runner);
  void seen(InstancesListed::Seen const& seen, TimePoint asked_at);
  void take_over(InstancesListed::Seen const& stranger);
  [[nodiscard]] bool is_idle_after_all(Runner const& runner, TimePoint asked_at) const noexcept;
  void version_refused(InstanceExited const& event, Runner const& runner);
  void ended_by_itself(InstanceExited const& event, Runner& runner);

  // Steps from state to state (transitions.cpp). Where a step forgets the runner, `name` and
  // `runner` must not be used afterwards.
  Runner* find(std::string_view name) noexcept;
  void enter(Runner& runner, RunnerState state, std::optional<Duration> deadline);
  void become_idle(Runner& runner);
  void become_busy(std::string const& name, Runner& runner);
  void job_cancelled(Runner& runner);
  void job_done(std::string const& name, Runner& runner);
  void hold_job(std::string const& name, Runner const& runner);
  void proved(std::string const& name, Runner& runner);
  void jit_failed(std::string const& name, Runner& runner, Error const& error);
  void prepare_failed(std::string const& name, std::string const& cause);
  static constexpr std::string_view kNotStarted = "a runner could not be started";
  static constexpr std::string_view kEndedEarly = "a runner ended before it had a job";
  void start_failed(std::string const& name, std::string_view what, std::string const& cause);
  /// Whether its success would show that runners start again.
  [[nodiscard]] bool may_prove(Runner const& runner) const noexcept;
  /// Whether it was started after a failure, and has not shown yet that it stays.
  [[nodiscard]] bool is_unproven(Runner const& runner) const noexcept;
  void removal_refused(std::string const& name, Runner& runner);
  void removal_failed(std::string const& name, Runner& runner, std::string const& cause);
  void adopt(Adopted const& event, Runner& runner, RunnerState state);
  void tell_of_dead(Adopted const& event);
  void end(std::string const& name, Runner& runner, bool registration_left);
  void clean(Runner& runner, Duration wait);
  void clean_again(std::string const& name, Runner& runner);
  void forget(std::string const& name);
  [[nodiscard]] static std::string seconds_until(TimePoint now, std::optional<TimePoint> time);
  void notice(LogLevel level, std::string text, Fields fields = {});

  // What happens when a deadline of a runner has come (expire.cpp).
  void expire();
  void expire(std::string const& name, Runner& runner);
  void expire_planned(std::string const& name, Runner& runner);
  void end_finishing(std::string const& name, Runner& runner);
  void remove_again(std::string const& name, Runner& runner);
  void stop_again(std::string const& name, Runner& runner);

  // What has to be done because of the demand: whom to start (plan.cpp), whom to retire (trim.cpp),
  // and who is not what it seems to be (watch.cpp).
  void reconcile();
  void drain();
  void plan();
  void tell_of_maximum();
  void plan_probe();
  Runner& plan_one();
  /// Has the prepared runners ask for their JIT configurations, as far as calls may be made.
  void ask();
  [[nodiscard]] int plan_slots(Counts const& counts) const noexcept;
  /// The same without the share of a budget.
  [[nodiscard]] int start_slots(Counts const& counts) const noexcept;
  /// Whether it is time to try a runner although the scale set is parked.
  [[nodiscard]] bool wants_probe() const noexcept;
  [[nodiscard]] bool is_probing() const noexcept;
  [[nodiscard]] int call_slots(bool probe) const noexcept;
  /// How many runners is_unproven() is true for.
  [[nodiscard]] int unproven() const noexcept;
  /// How many more runners may be started with the share of a budget.
  [[nodiscard]] int share_left() const noexcept;
  [[nodiscard]] int over_share() const noexcept;
  void give_back();
  [[nodiscard]] std::string fresh_name();

  void trim();
  void retire_condemned(int& slots);
  void retire_cancelled(int& slots);
  void retire_old(int& slots);
  void retire_spares(int& slots);
  void retire_outdated(int& slots);
  /// Whether one is being replaced only by a younger one, or the replacement is not ready.
  [[nodiscard]] bool is_renewing() const noexcept;
  [[nodiscard]] int surplus() const noexcept;
  [[nodiscard]] int removal_slots() const noexcept;
  void reap();
  /// Begins to end a runner with a living instance. False if it may not be ended now.
  bool retire(std::string const& name, Runner& runner, std::string_view why, Purpose purpose);
  bool passes_gate(Runner const& runner, Purpose purpose) noexcept;
  bool passes_brake();
  void remove_leftovers();
  void remove_registration(std::string const& name, Runner& runner);

  void watch();
  void look_up(std::string const& name, Runner& runner);
  void looked_up(std::string const& name, Runner& runner, std::optional<bool> found);
  void judge(Runner& runner, std::string how);
  void judged(std::string const& name, Runner& runner, std::optional<bool> found);
  void suspect();
  [[nodiscard]] std::int64_t gap() const noexcept;
  void enforce_limits();
  void enforce_limits(std::string const& name, Runner& runner);

  [[nodiscard]] Demand demand() const noexcept;
  /// Whether no runner may be started because an operator wants none.
  [[nodiscard]] bool is_suspended() const noexcept { return suspension_ != Suspension::none; }
  /// Whether all runners without a job are to go.
  [[nodiscard]] bool is_emptying() const noexcept {
    return draining_ || suspension_ == Suspension::drained;
  }
  /// `added`: of those that an operator wants.
  [[nodiscard]] std::optional<int> target_with(int added) const noexcept;
  void plan_added();
  /// How many runners that an operator has added wait for a job, or are about to.
  [[nodiscard]] int extras() const noexcept;
  /// Whether the time has come. If not, makes sure that there is a Tick then.
  bool is_due(TimePoint time) noexcept;
  void wake_at(TimePoint time) noexcept;
  /// For each runner; `what` may forget it.
  template <class What>
  void for_each(What what) {
    for (auto next = runners_.begin(); next != runners_.end();) {
      auto& [name, runner] = *next++;
      what(name, runner);
    }
  }

  Options options_;
  std::shared_ptr<RandomSource> random_;
  Runners runners_;
  ScaleSetId scale_set_;  // 0: not known yet
  std::optional<Statistics> statistics_;
  HeldJobs held_;
  GapWatch gap_;
  Parking parking_;
  /// For each job that was cancelled before it had a runner: until when a runner is kept for it.
  std::vector<TimePoint> requeues_;  // no deque: an empty one takes 600 bytes
  /// What RoomReported said, and the instances that have started and ended since.
  std::optional<int> room_;
  std::optional<Share> share_;  // of a budget; no value: there is none
  int used_before_ = 0;         // used(), when the last event had been handled
  int added_ = 0;               // runners that an operator wants and the budget has not given yet
  Breaker service_;             // for JIT configuration calls
  Breaker starts_;              // for starts of instances
  Brake brake_;
  /// The instances that the last listing had and that are not of a known runner.
  std::set<std::string, std::less<>> strangers_;
  /// The starts that are Counts::unclear, and when they failed.
  std::map<std::string, TimePoint, std::less<>> unclear_starts_;
  /// Whether there are as many jobs as runners are allowed, and whether the log has said so.
  enum class Maximum : std::uint8_t { not_reached, reached, told, zero };
  Maximum maximum_ = Maximum::not_reached;
  TimePoint maximum_since_{};
  bool halted_ = false;
  bool draining_ = false;
  Suspension suspension_ = Suspension::none;
  Totals totals_;

  // Of the event that is being handled, and `wake_` of the last one.
  TimePoint now_{};
  std::vector<Action> actions_;
  std::optional<TimePoint> wake_;
};

}  // namespace scaleset::fleet
