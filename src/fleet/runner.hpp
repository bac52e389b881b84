#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fleet/options.hpp"
#include "scaleset/types.hpp"

namespace scaleset::fleet {

/// planned -> starting -> idle -> busy -> finishing, then gone: no longer in the list. Any of them
/// may take the side road lost -> retiring -> stopping -> cleaning.
enum class RunnerState : std::uint8_t {
  planned,    // the JIT configuration is being asked for
  starting,   // its instance was asked for and has not registered yet
  idle,       // registered, no job
  busy,       // has a job: never stopped by us
  finishing,  // its job has ended; the instance is about to exit by itself
  lost,       // missed its boot deadline: replaced, waiting to be retired
  retiring,   // its registration is being removed, again until the service removes or refuses it
  stopping,   // can get no job any more; its instance is about to be stopped or to exit
  cleaning,   // has no instance; its registration is still to be removed
};
/// The state's stable lower-case name, for the journal, logs and metrics.
[[nodiscard]] std::string_view to_string(RunnerState state) noexcept;
/// No value: not the name of a state.
[[nodiscard]] std::optional<RunnerState> parse_runner_state(std::string_view text) noexcept;

/// What the instance itself last said about a job.
enum class LocalEvidence : std::uint8_t { unknown, idle, busy };

/// All that is known about one runner. Reports read it; only Fleet writes it.
struct Runner {
  RunnerState state = RunnerState::planned;
  TimePoint since{};  // when it entered the state
  TimePoint planned_at{};
  TimePoint idle_since{};
  TimePoint not_before{};             // cleaning: no removal is tried before this
  std::optional<TimePoint> deadline;  // when the state ends by itself or is looked at again
  std::optional<RunnerId> id;
  std::string reference;  // what the backend finds the instance by; empty until it started
  LocalEvidence evidence = LocalEvidence::unknown;
  bool registered = false;        // whether the service may know it
  bool used = false;              // it was given a job, perhaps a cancelled one
  bool done = false;              // its one job has ended: it takes no other
  bool completed = false;         // the service said so
  bool unconfirmed = false;       // busy only because its removal was refused
  bool awaiting_removal = false;  // a RemoveRegistration has not been answered
  int stops = 0;                  // StopInstance actions so far
  int failed_removals = 0;        // in a row
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

  /// Those that have a job or can get one. Only these are set against the demand (B2).
  [[nodiscard]] int useful() const noexcept { return planned + starting + idle + busy; }
};
[[nodiscard]] Counts count(Runners const& runners) noexcept;

}  // namespace scaleset::fleet
