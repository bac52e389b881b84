#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fleet/budget.hpp"
#include "fleet/held_jobs.hpp"
#include "fleet/options.hpp"
#include "fleet/runner.hpp"
#include "fleet/suspension.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

/// The events that a Fleet takes, and the actions that it answers with. They are aggregates: in a
/// coroutine, create them before an awaited expression and never inside one (HACKING.md, "g++ 12
/// and co_await").
namespace scaleset::fleet {

// Events from the service.

/// What one message says, with its statistics and its jobs in one event, because the two explain
/// each other: the statistics no longer include the jobs whose completion comes with them. Also
/// what is known without a message, such as the statistics that a session opens with. Statistics
/// may be reported as often as they are known. Before the first ones nothing is started, and
/// nothing is removed because it is not needed.
struct MessageReported {
  std::optional<Statistics> statistics;
  std::vector<JobStarted> started;
  std::vector<JobCompleted> completed;
};
/// Which scale set is served: the first time, and after the service has lost it and it was created
/// again (A4). Runners of another one get no jobs, and are condemned.
struct ScaleSetKnown {
  ScaleSetId id;
  /// Whether it takes the place of one that was served before, maybe by an earlier process. A
  /// service that has lost everything may give the new one the same id.
  bool is_another = false;
};

// Events that report the outcomes of actions. Each action is answered once. An action that is not
// answered in time counts as failed (Options::answer_deadline, Options::prepare_deadline).

/// The backend has what a start needs.
struct Prepared {
  std::string name;
};
struct PrepareFailed {
  std::string name;
  std::string reason;
};
/// PrepareInstance or RequestJit was not even tried, because the journal cannot be written. It is
/// nobody's failure. Report StartsHalted before it, or another one is planned at once.
struct StartAbandoned {
  std::string name;
};
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
/// The answer to LookUpRegistration.
struct RegistrationLookedUp {
  std::string name;
  std::optional<bool> found;  // no value: the call failed, which says nothing
};

// Events from the backend, which sees what the instance does (protocol.md 11.3).

struct InstanceRegistered {
  std::string name;
  std::string version;  // of the runner program; empty if it is not known
};
struct InstanceBusy {
  std::string name;
};
/// The runner has said that its job has ended. It takes no other one, since it is ephemeral.
struct InstanceIdle {
  std::string name;
};
/// It printed what runners print that have lost their registration (B1). This is a hint only.
struct InstanceTroubled {
  std::string name;
  std::string line;
};
enum class ExitCause : std::uint8_t {
  other,            // its exit code and its reason say more
  removed,          // its registration was removed at the service: no failure
  version_refused,  // the service refuses the runner's version (B9)
};
/// The instance has ended, and nothing of it is left.
struct InstanceExited {
  std::string name;
  ExitCause cause = ExitCause::other;
  std::optional<int> code;  // no value if a signal ended it, or if it is not known
  std::string reason;       // one line for a person
  std::string version;      // of the runner program; empty if it is not known
  /// Whether it had finished by itself, as a runner does after its job; no value if nothing tells.
  std::optional<bool> said_goodbye = std::nullopt;
};
/// What the backend has found by a fresh look at everything (Backend::list). A runner whose
/// instance was started before the look and is missing from it twice in a row has ended. An
/// instance of ours that lives and is not known, twice in a row, is taken over in order to end it:
/// its start was reported as failed, for example.
struct InstancesListed {
  struct Seen {
    std::string name;
    bool alive = false;
    Activity activity = Activity::unknown;
    std::optional<RunnerId> id = std::nullopt;
    ScaleSetId scale_set = {};  // that it was registered for; 0 if it is not known
    std::string reference = {};
  };
  std::vector<Seen> instances;
  TimePoint asked_at{};  // when the look began
};
/// How many more instances the backend has room for. No value: not known, which is as before the
/// first report.
struct RoomReported {
  std::optional<int> slots;
};

// Events from the operator, from the start of the daemon, and from the clock.

/// Whether no runner may be started and no capacity advertised, because what is decided cannot be
/// recorded.
struct StartsHalted {
  bool halted = false;
};

/// What the service refused may be accepted now, because the credentials have changed: calls are
/// made again without the pause that follows a failure.
struct CredentialsChanged {};

/// Options that can change while runners live. Prefix, deadlines and limits count from now on.
struct OptionsChanged {
  Options options;
};
/// What runners are made of has changed. Those that were made before are replaced while they are
/// idle, one at a time.
struct TemplateChanged {};
/// What the scale set may have and offer of a budget. Before the first one it has none, and needs
/// none. A share ends no runner.
struct ShareGiven {
  std::optional<Share> share;  // no value: there is no budget any more
};
/// From now on no runner is started, busy ones finish, and all others are removed. This cannot be
/// undone. It is complete when is_empty() is true.
struct DrainRequested {};
/// What an operator suspends, or has go on.
struct SuspensionChanged {
  Suspension how = Suspension::none;
};
/// An operator wants one more runner than jobs and minimum need. It stays until it has had a job,
/// or has been idle for as long as runners may be. Without effect if Fleet::may_add() refuses it.
/// If its budget has to give it first, it is wanted until then, or until AdditionWithdrawn.
struct RunnerAdded {};
/// The runner that was added last is not waited for any more, unless it is being started.
struct AdditionWithdrawn {};
/// An operator wants this runner to go. The service is asked first, which refuses it if the runner
/// has a job. Without effect if Fleet::may_retire() refuses it.
struct RetirementRequested {
  std::string name;
};
/// A runner of an earlier process, from what the journal remembers and what the backend lists. To
/// be reported before the first statistics.
struct Adopted {
  std::string name;
  std::optional<RunnerId> id;
  ScaleSetId scale_set;  // that it was registered for; 0 if it is not known
  std::string reference;
  RunnerState state = RunnerState::planned;
  bool alive = false;  // whether its instance runs; if not, what is left of the runner is removed
  Activity activity = Activity::unknown;
  std::optional<JobInfo> job = std::nullopt;  // its job, or the last one
  /// Of one that does not run: whether it had finished by itself, as a runner does after its job.
  /// No value: not known.
  std::optional<bool> said_goodbye = std::nullopt;
};
/// What an earlier process has held (Fleet::held_jobs). To be reported before the first statistics.
struct JobsHeldBefore {
  std::vector<HeldJob> jobs;
};
/// Nothing happened but that time has passed. Due at next_deadline().
struct Tick {};

using Event =
    std::variant<MessageReported, ScaleSetKnown, Prepared, PrepareFailed, StartAbandoned, JitReady,
                 JitFailed, InstanceStarted, InstanceFailed, RegistrationRemoved, RemovalRefused,
                 RemovalFailed, RegistrationLookedUp, InstanceRegistered, InstanceBusy,
                 InstanceIdle, InstanceTroubled, InstanceExited, InstancesListed, RoomReported,
                 StartsHalted, CredentialsChanged, OptionsChanged, TemplateChanged, ShareGiven,
                 DrainRequested, SuspensionChanged, RunnerAdded, AdditionWithdrawn,
                 RetirementRequested, Adopted, JobsHeldBefore, Tick>;

/// Have the backend get ready to start a runner. The runner is in the journal. Answer: Prepared or
/// PrepareFailed.
struct PrepareInstance {
  std::string name;
};
/// Ask the service for the JIT configuration. The call must never be repeated under this name.
/// Answer: JitReady or JitFailed.
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
/// Ask the service whether it still knows the runner. Answer: RegistrationLookedUp.
struct LookUpRegistration {
  std::string name;
  RunnerId id;
};
enum class StopMode : std::uint8_t { graceful, force };
/// Make the instance end. Answer: InstanceExited, when it has. The action may come again before
/// that.
struct StopInstance {
  std::string name;
  StopMode mode = StopMode::graceful;
};
/// Nothing is left of the runner, here or at the service. Nothing is to be done: the fleet does not
/// know it any more, so its row is deleted from the journal. It says which event was its end.
struct ForgetRunner {
  std::string name;
};
/// What a field of a log line says.
using FieldValue = std::variant<std::string, std::int64_t>;
/// A line for the log.
struct Notice {
  LogLevel level = LogLevel::info;
  std::string text;
  std::vector<std::pair<std::string, FieldValue>> fields;
};
using Action = std::variant<PrepareInstance, RequestJit, StartInstance, RemoveRegistration,
                            LookUpRegistration, StopInstance, ForgetRunner, Notice>;

}  // namespace scaleset::fleet
