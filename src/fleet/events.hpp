#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fleet/runner.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

/// What a Fleet is told, and what it answers. Aggregates, for plain calls only: build them before
/// an awaited expression, never inside one (HACKING.md, "g++ 12 and co_await").
namespace scaleset::fleet {

// From the service's messages. Of one message report the statistics first, then its jobs: a
// completed job has left the statistics that come with it.

/// The truth about demand, level-triggered: repeat it as often as it is known. Nothing is started
/// or trimmed before the first.
struct StatisticsReported {
  Statistics statistics;
};
struct JobStartedReported {
  std::string name;  // of the runner
  RunnerId id;       // used where the name is unknown
};
struct JobCompletedReported {
  std::string name;  // "" where the job never was on a runner
  std::string result;
};

// Outcomes of actions. Each action is answered once; an answer that never comes is survived
// (Options::answer_deadline).

struct JitReady {
  std::string name;
  RunnerId id;
};
struct JitFailed {
  std::string name;
  Error error;  // request_sent and retry_after are used
};
struct InstanceStarted {
  std::string name;
  std::string reference;  // what the backend finds it by
};
/// The backend did not start it: there is no instance.
struct InstanceFailed {
  std::string name;
  std::string reason;
};
/// Removed by us or already unknown to the service; also the answer to a lookup by name that found
/// nothing.
struct RegistrationRemoved {
  std::string name;
};
/// The service says that a job is running on it (ErrorCode::job_still_running).
struct RemovalRefused {
  std::string name;
};
struct RemovalFailed {
  std::string name;
  Error error;
};

// Local evidence from the backend (spec 11.3).

struct InstanceRegistered {
  std::string name;
};
struct InstanceBusy {
  std::string name;
};
/// The runner's job has ended, by its own words. An ephemeral runner takes no other.
struct InstanceIdle {
  std::string name;
};
/// The end of the instance: nothing of it is left. Also to be reported for a runner that the
/// backend no longer lists.
struct InstanceExited {
  std::string name;
  std::optional<int> code;  // no value: a signal, or not known
  std::string reason;
};

// From the operator and the start of the daemon.

struct LimitsChanged {
  int min_runners = 0;
  int max_runners = 0;
};
/// For good: nothing is started any more, busy runners finish, all others are removed. Done when
/// `settled()`.
struct DrainRequested {};
/// What the journal remembers of an earlier life, matched with what the backend lists. Before the
/// first statistics.
struct Adopted {
  std::string name;
  std::optional<RunnerId> id;
  std::string reference;
  RunnerState state = RunnerState::planned;
  bool alive = false;  // the backend lists a living instance; if not, it is only cleaned up
};
/// Time has passed: due at `next_deadline()`.
struct Tick {};

using Event =
    std::variant<StatisticsReported, JobStartedReported, JobCompletedReported, JitReady, JitFailed,
                 InstanceStarted, InstanceFailed, RegistrationRemoved, RemovalRefused,
                 RemovalFailed, InstanceRegistered, InstanceBusy, InstanceIdle, InstanceExited,
                 LimitsChanged, DrainRequested, Adopted, Tick>;

/// Journal the name, then ask the service for its JIT configuration, once: never repeat the call
/// under this name. Answer: JitReady or JitFailed.
struct RequestJit {
  std::string name;
};
/// Start an instance with the configuration just received; comes only in answer to JitReady.
/// Answer: InstanceStarted or InstanceFailed.
struct StartInstance {
  std::string name;
};
/// Answer: RegistrationRemoved, RemovalRefused or RemovalFailed.
struct RemoveRegistration {
  std::string name;
  std::optional<RunnerId> id;  // no value: look it up by name; not found is RegistrationRemoved
};
enum class StopMode : std::uint8_t { graceful, force };
/// Answer: InstanceExited, some time. May be repeated.
struct StopInstance {
  std::string name;
  StopMode mode = StopMode::graceful;
};
/// Nothing is left of this runner, here or at the service: forget it in the journal.
struct ForgetRunner {
  std::string name;
};
/// For the log, and the person who reads it at 3 a.m.
struct Notice {
  LogLevel level = LogLevel::info;
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields;
};
using Action =
    std::variant<RequestJit, StartInstance, RemoveRegistration, StopInstance, ForgetRunner, Notice>;

}  // namespace scaleset::fleet
