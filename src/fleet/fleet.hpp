#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fleet/brake.hpp"
#include "fleet/breaker.hpp"
#include "fleet/events.hpp"
#include "fleet/options.hpp"
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
  std::uint64_t retired = 0;         // runners with a living instance that we began to remove
  std::uint64_t unknown_job_started = 0;      // of runners that we do not, or no longer, have
  std::uint64_t unmatched_job_completed = 0;  // of no runner, or as above
  std::uint64_t ignored = 0;  // other events that came too late, twice or out of order
};

/// The state machine of one scale set's runners. The caller reports everything that happens, does
/// what it answers, reports the outcomes as events, and calls it with a Tick at next_deadline():
///
///     for (Action const& action : fleet.handle(event, now)) execute(action);
///
/// After every event it compares how many runners are wanted, clamp(assigned jobs + min, 0, max),
/// with how many are useful (Counts::useful). Events that come late, twice or out of order do no
/// harm in any state. A busy runner is never stopped. For every other living runner there is only
/// one way to end it: first the service removes its registration, which it refuses if the runner
/// has a job, and then the instance is stopped (B3). The brake limits how many may go in a minute
/// (B5). Not thread-safe. An event costs O(runners).
class Fleet {
 public:
  Fleet(Options options, std::shared_ptr<RandomSource> random);

  /// `now` must not go back. The actions must be begun in their order, but need not be waited for.
  [[nodiscard]] std::vector<Action> handle(Event const& event, TimePoint now);

  /// When a Tick is due. No value if nothing will happen before the next event.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const noexcept { return wake_; }
  /// The capacity to advertise with a poll (protocol.md 9): how many runners there can be in all.
  /// While the starts keep failing that is only the useful ones, and one more when a start may be
  /// tried. While draining it is 0.
  [[nodiscard]] int capacity() const noexcept;
  [[nodiscard]] Counts counts() const noexcept { return count(runners_); }
  /// How many useful runners are wanted. No value before the first statistics.
  [[nodiscard]] std::optional<int> target() const noexcept;
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  /// Whether no runner and nothing of one is left, which is when a drain is complete.
  [[nodiscard]] bool is_empty() const noexcept { return runners_.empty(); }
  [[nodiscard]] Runners const& runners() const noexcept { return runners_; }
  [[nodiscard]] Totals const& totals() const noexcept { return totals_; }
  /// Says, for reports, whether starts keep failing, and why.
  [[nodiscard]] Breaker const& starts() const noexcept { return starts_; }
  [[nodiscard]] Options const& options() const noexcept { return options_; }

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // What each event does (fleet.cpp).
  void on(StatisticsReported const& event);
  void on(JobStartedReported const& event);
  void on(JobCompletedReported const& event);
  void on(JitReady const& event);
  void on(JitFailed const& event);
  void on(InstanceStarted const& event);
  void on(InstanceFailed const& event);
  void on(RegistrationRemoved const& event);
  void on(RemovalRefused const& event);
  void on(RemovalFailed const& event);
  void on(InstanceRegistered const& event);
  void on(InstanceBusy const& event);
  void on(InstanceIdle const& event);
  void on(InstanceExited const& event);
  void on(LimitsChanged const& event);
  void on(DrainRequested const& event);
  void on(Adopted const& event);
  void on(Tick const& event);

  // Steps from state to state (transitions.cpp). Where a step forgets the runner, `name` and
  // `runner` must not be used afterwards.
  Runner* find(std::string_view name) noexcept;
  void enter(Runner& runner, RunnerState state, std::optional<Duration> deadline);
  void become_idle(Runner& runner);
  void become_busy(std::string const& name, Runner& runner);
  void job_cancelled(Runner& runner);
  void job_done(std::string const& name, Runner& runner);
  void jit_failed(std::string const& name, Runner& runner, Error const& error);
  void start_failed(std::string const& name, std::string const& cause);
  void removal_refused(std::string const& name, Runner& runner);
  void removal_failed(std::string const& name, Runner& runner, std::string const& cause);
  void adopt(Runner& runner, RunnerState state);
  void end(std::string const& name, Runner& runner, bool registration_left);
  void clean(Runner& runner, Duration wait);
  void clean_again(std::string const& name, Runner& runner);
  void forget(std::string const& name);
  void await_completion(std::string const& name);
  void notice(LogLevel level, std::string text, Fields fields = {});

  // What has to be done because of the time and the demand (reconcile.cpp).
  void expire();
  void expire(std::string const& name, Runner& runner);
  void end_finishing(std::string const& name, Runner& runner);
  void remove_again(std::string const& name, Runner& runner);
  void stop_again(std::string const& name, Runner& runner);
  void reconcile();
  void drain();
  void trim();
  void plan();
  void reap();
  /// Begins to end a runner with a living instance. Nothing else does, except where the runner has
  /// done its job. False if it may not be ended now.
  bool retire(std::string const& name, Runner& runner, std::string_view why);
  bool may_destroy();
  void remove_leftovers();
  void remove_registration(std::string const& name, Runner& runner);
  [[nodiscard]] Demand demand() const noexcept;
  [[nodiscard]] int free_slots(Counts const& counts) const noexcept;
  /// How many runners are being started, or have not shown yet that they stay.
  [[nodiscard]] int attempts() const noexcept;
  [[nodiscard]] std::string fresh_name();
  /// Whether the time has come. If not, makes sure that there is a Tick then.
  bool is_due(TimePoint time) noexcept;
  void wake_at(TimePoint time) noexcept;

  Options options_;
  std::shared_ptr<RandomSource> random_;
  Runners runners_;
  std::optional<Statistics> statistics_;
  /// Jobs that ended here and whose messages have not come: by the runner's name, and until when
  /// they are left out of the demand.
  std::vector<std::pair<std::string, TimePoint>> awaited_completions_;
  Breaker service_;  // for JIT configuration calls
  Breaker starts_;   // for starts of instances
  Brake brake_;
  bool draining_ = false;
  Totals totals_;

  // Of the event that is being handled, and `wake_` of the last one.
  TimePoint now_{};
  std::vector<Action> actions_;
  std::optional<TimePoint> wake_;
};

}  // namespace scaleset::fleet
