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
  planned,    // the JIT configuration is being asked for
  starting,   // its instance is being started and has not registered yet
  idle,       // it is registered and has no job
  busy,       // it has a job, and so we never stop it
  finishing,  // its job has ended, and its instance is about to exit by itself
  lost,       // it missed its boot deadline, is replaced, and waits to be retired
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

/// Everything that is known about one runner. Reports may read it; only Fleet changes it.
struct Runner {
  RunnerState state = RunnerState::planned;
  TimePoint since{};  // when it entered the state
  TimePoint planned_at{};
  TimePoint idle_since{};
  TimePoint not_before{};             // while cleaning: no removal is tried before this
  std::optional<TimePoint> deadline;  // when Fleet::expire acts on the state
  std::optional<RunnerId> id;
  std::string reference;  // by which the backend finds the instance; empty until it has started
  LocalEvidence evidence = LocalEvidence::unknown;
  bool registered = false;        // whether the service may know it
  bool used = false;              // whether it was given a job, even if that was cancelled
  bool done = false;              // whether its only job has ended, so that it takes no other
  bool completed = false;         // whether the service said that its job has ended
  bool unconfirmed = false;       // whether it is busy only because its removal was refused
  bool awaiting_removal = false;  // whether a RemoveRegistration has not been answered yet
  int stops = 0;                  // how many StopInstance actions there were
  int failed_removals = 0;        // how many removals failed in a row
};

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

  /// Those that have a job or can get one. Only these are compared with the demand (B2).
  [[nodiscard]] int useful() const noexcept { return planned + starting + idle + busy; }
};
[[nodiscard]] Counts count(Runners const& runners) noexcept;

}  // namespace scaleset::fleet
