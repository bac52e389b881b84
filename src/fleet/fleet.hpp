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

/// Pure: decides about the runners of one scale set. No I/O, no clock, no thread; the same events
/// at the same times with the same random source give the same actions.
namespace scaleset::fleet {

/// Counted since the start; never decreases.
struct Totals {
  std::uint64_t planned = 0;         // runners asked for
  std::uint64_t jit_failures = 0;    // JIT configuration calls that failed or were not answered
  std::uint64_t start_failures = 0;  // ended, or did not register in time, before they had a job
  std::uint64_t retired = 0;         // removals of runners with a living instance, begun by us
  std::uint64_t unknown_job_started = 0;      // for a runner that is not ours (any more)
  std::uint64_t unmatched_job_completed = 0;  // for no runner, or one that is not ours (any more)
  std::uint64_t ignored = 0;  // other events that came too late, twice or out of order
};

/// The state machine of one scale set's runners. Tell it everything that happens, do what it
/// answers (outcomes come back as events), and call with a Tick at `next_deadline()`:
///
///     for (Action const& action : fleet.handle(event, now)) execute(action);
///
/// After every event it compares what is wanted, clamp(assigned jobs + min, 0, max), with what is
/// useful (Counts::useful). Late, duplicate and out-of-order events are harmless in every state.
/// A busy runner is never stopped; every other living runner goes by one path only: removal at the
/// service, which refuses if there is a job, then the stop (B3), braked to max(2, a tenth) a
/// minute (B5). Not thread-safe; costs O(runners) per event.
class Fleet {
 public:
  Fleet(Options options, std::shared_ptr<RandomSource> random);

  /// `now` must not go back. Actions are to be begun in order; they need not be waited for.
  [[nodiscard]] std::vector<Action> handle(Event const& event, TimePoint now);

  /// When a Tick is due. No value: nothing happens until the next event.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const noexcept { return wake_; }
  /// The total to advertise with a poll (spec 9): as many runners as there can be. 0 when draining;
  /// only the useful ones, and one to try, while starts keep failing.
  [[nodiscard]] int capacity() const noexcept;
  [[nodiscard]] Counts counts() const noexcept { return count(runners_); }
  /// How many useful runners are wanted. No value: no statistics yet.
  [[nodiscard]] std::optional<int> target() const noexcept;
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  /// No runner and nothing of one is left: a drain is complete.
  [[nodiscard]] bool settled() const noexcept { return runners_.empty(); }
  [[nodiscard]] Runners const& runners() const noexcept { return runners_; }
  [[nodiscard]] Totals const& totals() const noexcept { return totals_; }
  /// For reports: whether starts keep failing, and why.
  [[nodiscard]] Breaker const& starts() const noexcept { return starts_; }
  [[nodiscard]] Options const& options() const noexcept { return options_; }

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // Events (fleet.cpp).
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

  // Steps from state to state (transitions.cpp). Afterwards `name` and `runner` may be gone where
  // the runner is forgotten.
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
  void settle_later(std::string const& name);
  void notice(LogLevel level, std::string text, Fields fields = {});

  // What time and demand ask for (reconcile.cpp).
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
  /// The gate: every runner with a living instance that we end passes it, or has done its job.
  bool retire(std::string const& name, Runner& runner, std::string_view why);
  bool may_destroy();
  void remove_leftovers();
  void remove_registration(std::string const& name, Runner& runner);
  [[nodiscard]] Demand demand() const noexcept;
  [[nodiscard]] int free_slots(Counts const& counts) const noexcept;
  [[nodiscard]] std::string fresh_name();
  /// If not, wakes up then.
  bool is_due(TimePoint time) noexcept;
  void wake_at(TimePoint time) noexcept;

  Options options_;
  std::shared_ptr<RandomSource> random_;
  Runners runners_;
  std::optional<Statistics> statistics_;
  std::vector<std::pair<std::string, TimePoint>> settlements_;  // runner name, when it ends
  Breaker service_;                                             // JIT configuration calls
  Breaker starts_;                                              // instances
  Brake brake_;
  bool draining_ = false;
  Totals totals_;

  // While an event is handled.
  TimePoint now_{};
  std::vector<Action> actions_;
  std::optional<TimePoint> wake_;
};

}  // namespace scaleset::fleet
