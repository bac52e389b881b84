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

/// The events that a Fleet takes, and the actions that it answers with. They are aggregates: in a
/// coroutine, create them before an awaited expression and never inside one (HACKING.md, "g++ 12
/// and co_await").
namespace scaleset::fleet {

// Events from the service's messages. Of each message, report the statistics first and then the
// jobs, because the statistics no longer include the jobs whose completion comes with them.

/// How many jobs there are, which is all that decides how many runners are wanted. It may be
/// reported again as often as it is known. Before the first one nothing is started or removed.
struct StatisticsReported {
  Statistics statistics;
};
struct JobStartedReported {
  std::string name;  // the runner's
  RunnerId id;       // the runner's, by which it is found if its name is not known
};
struct JobCompletedReported {
  std::string name;  // the runner's; empty if the job was never assigned to a runner
  std::string result;
};

// Events that report the outcomes of actions. Each action is answered once. An action that is not
// answered within Options::answer_deadline counts as failed.

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
  std::string reference;  // by which the backend finds it
};
/// The backend could not start it, so that there is no instance.
struct InstanceFailed {
  std::string name;
  std::string reason;
};
/// The service has no such registration any more: we have removed it, or the service did not know
/// it, or did not find its name.
struct RegistrationRemoved {
  std::string name;
};
/// The service says that a job is running on the runner (ErrorCode::job_still_running).
struct RemovalRefused {
  std::string name;
};
struct RemovalFailed {
  std::string name;
  Error error;
};

// Events from the backend, which sees what the instance does (protocol.md 11.3).

struct InstanceRegistered {
  std::string name;
};
struct InstanceBusy {
  std::string name;
};
/// The runner has said that its job has ended. It takes no other one, since it is ephemeral.
struct InstanceIdle {
  std::string name;
};
/// The instance has ended, and nothing of it is left. To be reported as well for a runner that the
/// backend does not list any more.
struct InstanceExited {
  std::string name;
  std::optional<int> code;  // no value if a signal ended it, or if it is not known
  std::string reason;
};

// Events from the operator, from the start of the daemon, and from the clock.

struct LimitsChanged {
  int min_runners = 0;
  int max_runners = 0;
};
/// From now on no runner is started, busy ones finish, and all others are removed. This cannot be
/// undone. It is complete when is_empty() is true.
struct DrainRequested {};
/// A runner of an earlier process, from what the journal remembers and what the backend lists. To
/// be reported before the first statistics.
struct Adopted {
  std::string name;
  std::optional<RunnerId> id;
  std::string reference;
  RunnerState state = RunnerState::planned;
  bool alive = false;  // whether its instance runs; if not, what is left of the runner is removed
};
/// Nothing happened but that time has passed. Due at next_deadline().
struct Tick {};

using Event =
    std::variant<StatisticsReported, JobStartedReported, JobCompletedReported, JitReady, JitFailed,
                 InstanceStarted, InstanceFailed, RegistrationRemoved, RemovalRefused,
                 RemovalFailed, InstanceRegistered, InstanceBusy, InstanceIdle, InstanceExited,
                 LimitsChanged, DrainRequested, Adopted, Tick>;

/// Write the name into the journal, then ask the service for its JIT configuration. The call must
/// never be repeated under this name. Answer: JitReady or JitFailed.
struct RequestJit {
  std::string name;
};
/// Start an instance with the JIT configuration that has just come. This action is only given in
/// answer to JitReady. Answer: InstanceStarted or InstanceFailed.
struct StartInstance {
  std::string name;
};
/// Ask the service to remove the registration. Answer: RegistrationRemoved, RemovalRefused or
/// RemovalFailed.
struct RemoveRegistration {
  std::string name;
  /// Without a value, find the id by the name first. If there is none, answer RegistrationRemoved.
  std::optional<RunnerId> id;
};
enum class StopMode : std::uint8_t { graceful, force };
/// Make the instance end. Answer: InstanceExited, when it has. The action may come again before
/// that.
struct StopInstance {
  std::string name;
  StopMode mode = StopMode::graceful;
};
/// Delete the runner from the journal: nothing is left of it, here or at the service.
struct ForgetRunner {
  std::string name;
};
/// A line for the log.
struct Notice {
  LogLevel level = LogLevel::info;
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields;
};
using Action =
    std::variant<RequestJit, StartInstance, RemoveRegistration, StopInstance, ForgetRunner, Notice>;

}  // namespace scaleset::fleet
