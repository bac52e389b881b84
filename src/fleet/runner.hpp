#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fleet/options.hpp"
#include "scaleset/types.hpp"

namespace scaleset::fleet {

/// The usual way is planned -> starting -> idle -> busy -> finishing, after which the runner is
/// forgotten. From any of these states it may go to lost, retiring, stopping or cleaning instead,
/// in this order, with some left out.
enum class RunnerState : std::uint8_t {
  planned,    // its start is being prepared, or its JIT configuration is being asked for
  starting,   // its instance is being started and has not registered yet
  idle,       // it is registered and has no job
  busy,       // it has a job, and so we never stop it, unless a limit of time says so
  finishing,  // its job has ended, and its instance is about to exit by itself
  lost,       // it can get no job, is replaced, and waits to be retired
  retiring,   // we ask the service to remove its registration until it does or refuses to
  stopping,   // it can get no job any more, and its instance is about to be stopped or to exit
  cleaning,   // it has no instance, but its registration has still to be removed
};
/// The state's name in lower case, for the journal, logs and metrics. It never changes.
[[nodiscard]] std::string_view to_string(RunnerState state) noexcept;
/// No value if the text is not the name of a state.
[[nodiscard]] std::optional<RunnerState> parse_runner_state(std::string_view text) noexcept;

/// Whether the instance itself last said that it has a job.
enum class LocalEvidence : std::uint8_t { unknown, idle, busy };
/// Whether the backend's last look at the instance found that it has a job.
enum class Activity : std::uint8_t { unknown, idle, busy };
/// How far a planned runner has come.
enum class StartStep : std::uint8_t {
  preparing,  // by the backend
  prepared,   // it waits for its turn to ask for a JIT configuration
  asked,      // the JIT configuration is being asked for
};

/// Whether the service still knows the runner: what was asked, and what was answered (B1).
struct RegistrationWatch {
  TimePoint at{};         // when the service is asked next
  bool troubled = false;  // whether the instance has said that something is wrong
  bool asked = false;     // whether a LookUpRegistration has not been answered yet
  TimePoint until{};      // while asked: when it counts as not answered
  int misses = 0;         // answers "not found" in a row
  int failures = 0;       // calls in a row that failed; counted while the runner's end is judged
  std::optional<TimePoint> gone_since;  // when the second miss confirmed the first
};

/// Everything that is known about one runner. Reports may read it; only Fleet changes it.
struct Runner {
  RunnerState state = RunnerState::planned;
  StartStep step = StartStep::preparing;  // while planned
  TimePoint since{};                      // when it entered the state
  TimePoint planned_at{};                 // of an adopted runner: when it was adopted
  TimePoint asked_at{};  // when its JIT configuration was asked for; not known of an adopted runner
  TimePoint idle_since{};
  std::optional<TimePoint> started_at;  // when its instance had started, or was adopted
  std::optional<TimePoint> busy_since;  // when we learnt of its job
  TimePoint heard_at{};                 // when the instance last said something about a job
  TimePoint not_before{};               // while cleaning: no removal is tried before this
  std::optional<TimePoint> deadline;    // when Fleet::expire acts on the state
  std::optional<RunnerId> id;
  ScaleSetId scale_set;   // that it is registered for; 0 if that is not known
  std::string reference;  // by which the backend finds the instance; empty until it has started
  std::string version;    // of the runner program; empty if it is not known
  std::string exit;       // how its instance ended, while that is judged
  std::optional<JobInfo> job;  // its job, or the last one; no value if the service named none
  LocalEvidence evidence = LocalEvidence::unknown;
  Activity activity = Activity::unknown;
  RegistrationWatch watch;
  bool registered = false;        // whether the service may know it
  bool used = false;              // whether it was given a job, even if that was cancelled
  bool done = false;              // whether its only job has ended, so that it takes no other
  bool completed = false;         // whether the service said that its job has ended
  bool ended_here = false;        // whether the instance or the backend said so
  bool unconfirmed = false;       // whether it is busy only because its removal was refused
  bool awaiting_removal = false;  // whether a RemoveRegistration has not been answered yet
  bool condemned = false;         // whether it belongs to a scale set that is not served any more
  bool suspect = false;           // whether it is to be replaced because it takes no waiting job
  bool probe = false;             // whether it was started to see if its version is accepted
  bool judging = false;           // while cleaning: whether it is not known yet if it has failed
  bool renewed = false;           // whether it was retired only to be replaced by a younger one
  bool outdated = false;          // whether it was made of an older template
  bool over_limit = false;        // whether it is stopped although it has a job (G5)
  bool warned = false;            // whether the log has said that this is about to happen
  int stops = 0;                  // how many StopInstance actions there were
  int failed_removals = 0;        // how many removals failed in a row
  int missing = 0;                // how many listings in a row did not have it
};

/// Whether it has, or may have, an instance.
[[nodiscard]] constexpr bool has_instance(Runner const& runner) noexcept {
  return runner.state != RunnerState::planned && runner.state != RunnerState::cleaning;
}

using Runners = std::map<std::string, Runner, std::less<>>;  // by name

/// How many runners are in each state.
struct Counts {
  int planned = 0;
  int starting = 0;
  int idle = 0;
  int busy = 0;
  int finishing = 0;
  int lost = 0;
  int retiring = 0;
  int stopping = 0;
  int cleaning = 0;
  /// Those in the first four states that belong to a scale set that is not served any more. They
  /// are not in the other counts.
  int condemned = 0;
  /// Starts that failed and left an instance nevertheless, or may have: no listing says yet that
  /// there is none. They are in no other count.
  int unclear = 0;

  /// Those that have a job or can get one. Only these are compared with the demand (B2).
  [[nodiscard]] int useful() const noexcept { return planned + starting + idle + busy; }
  /// Those that have or may have an instance, now or soon.
  [[nodiscard]] int instances() const noexcept {
    return useful() + condemned + finishing + lost + retiring + stopping + unclear;
  }
};
[[nodiscard]] Counts count(Runners const& runners) noexcept;

}  // namespace scaleset::fleet
