#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scaleset/secret.hpp"

/// What travels to and from the service (spec 5 and 6). The types are no aggregates on purpose: see
/// HACKING.md, "g++ 12 and co_await".
namespace scaleset {

/// Times of the service, in UTC. Fractions of a second are cut to milliseconds; the year 1, the
/// service's "none", is no value (spec 4.3).
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// A number with a meaning: swapped arguments do not compile. 64 bit, as everything the service
/// counts.
template <class Tag>
struct Id {
  /// 0: none.
  std::int64_t value = 0;
  /// By number.
  friend auto operator<=>(Id, Id) = default;
};
/// A scale set, numbered by the service when it is created (spec E6). 0: not created yet.
using ScaleSetId = Id<struct ScaleSetTag>;
/// A runner group (spec E9).
using RunnerGroupId = Id<struct RunnerGroupTag>;
/// A registered runner (spec E13, E15). 0: never on a runner.
using RunnerId = Id<struct RunnerTag>;
/// A message of one scale set's queue. Unique only as long as the service does not start its
/// sequence anew (spec 6.3). 0: the start of the queue.
using MessageId = Id<struct MessageTag>;
/// A job's request (`runnerRequestId`, spec 6.5): its identity on GHES, always 0 on github.com.
using RequestId = Id<struct RequestTag>;

/// The group every tenant has ("Default"); clients hard-code its id (spec E9).
inline constexpr RunnerGroupId kDefaultRunnerGroup{1};

/// A label of a scale set. A job goes to a scale set that has all labels of its `runs-on`, in any
/// case of letters (spec 9).
struct Label {
  Label() = default;
  /// Of the type "System".
  explicit Label(std::string label_name) : name(std::move(label_name)) {}
  std::string name;             // at most 256 characters (spec 8), none of them a control character
  std::string type = "System";  // empty is sent as "System" (spec E6)
};

/// Counts the service sends with every message and session (spec 6.6). `assigned_jobs` includes the
/// running ones and is what one scales by.
struct Statistics {
  /// Match the labels, acquired by nobody; GHES only, 0 on github.com.
  std::int64_t available_jobs = 0;
  std::int64_t acquired_jobs = 0;       // acquired, not yet assigned
  std::int64_t assigned_jobs = 0;       // assigned to this scale set, running ones included
  std::int64_t running_jobs = 0;        // on a runner now
  std::int64_t registered_runners = 0;  // busy and idle ones
  std::int64_t busy_runners = 0;        // online, with a job
  std::int64_t idle_runners = 0;        // online, without a job
  /// All counts are the same.
  friend bool operator==(Statistics const&, Statistics const&) = default;
};

/// A runner scale set: what jobs are assigned to and runners are registered for (spec E4 to E8). Of
/// a new one only name, group, labels and disable_update are sent.
struct ScaleSet {
  ScaleSet() = default;
  ScaleSetId id;     // the service's; 0 before creation
  std::string name;  // unique in its group; may be empty only if there is a label
  RunnerGroupId group = kDefaultRunnerGroup;  // 0 on creation: not sent
  std::string group_name;                     // as the service says; never sent
  std::vector<Label> labels;                  // empty on creation: one label, the name
  /// Its runners do not update themselves. One that is too old gets no jobs (spec 8).
  bool disable_update = false;
  std::optional<Timestamp> created_on;   // by the service; never sent
  std::optional<Statistics> statistics;  // none: the service did not say
  std::string jit_config_url;   // where JIT configurations come from; empty if not said, never used
  std::string status;           // "online" has been seen; empty if not said
  std::optional<bool> enabled;  // none: not said
};

/// What update_scale_set changes (spec E7). Fields without a value stay as they are.
struct ScaleSetUpdate {
  ScaleSetUpdate() = default;
  std::optional<std::string> name;           // not empty, not taken in the group
  std::optional<RunnerGroupId> group;        // above 0
  std::optional<std::vector<Label>> labels;  // replace the old ones; not empty
  std::optional<bool> disable_update;        // see ScaleSet
};

/// What all job messages share (spec 6.5). Every field may be missing on the wire: empty or zero
/// then.
struct JobInfo {
  JobInfo() = default;
  RequestId request;                     // 0 on github.com; the identity of a job on GHES
  std::string job_id;                    // the identity of a job on github.com
  std::string job_display_name;          // as the run's page shows it
  std::string workflow_ref;              // "o/r/.github/workflows/ci.yml@refs/heads/main"
  std::string event_name;                // that started the run: "push", "workflow_dispatch", ...
  std::string owner;                     // user or organization of the repository
  std::string repository;                // without its owner
  std::int64_t workflow_run_id = 0;      // the REST API's id of the run; beyond 32 bit
  std::vector<std::string> labels;       // what `runs-on` asks for
  std::optional<Timestamp> queued_at;    // in every type of message
  std::optional<Timestamp> assigned_at;  // to the scale set: from JobAssigned on
  std::optional<Timestamp> runner_assigned_at;  // to a runner: from JobStarted on
  std::optional<Timestamp> finished_at;         // JobCompleted only
};
/// A job that may be acquired: GHES only (spec 9), to be answered with acquire_jobs.
struct JobAvailable {
  JobAvailable() = default;
  JobInfo job;              // `request` is above 0
  std::string acquire_url;  // as sent; the library asks at the session's own address
};
/// A job was assigned to the scale set: on github.com the first message about it (spec 9). May come
/// again after a re-assignment.
struct JobAssigned {
  JobAssigned() = default;
  JobInfo job;  // normally with its `assigned_at`
};
/// A job began to run. Only this tells which runner has it: any idle one of the scale set may (spec
/// 9).
struct JobStarted {
  JobStarted() = default;
  JobInfo job;              // normally with its `runner_assigned_at`
  RunnerId runner;          // as generate_jit_config returned it
  std::string runner_name;  // as given to generate_jit_config
};
/// A job ended, or was cancelled before it ran.
struct JobCompleted {
  JobCompleted() = default;
  JobInfo job;              // normally with its `finished_at`
  RunnerId runner;          // 0: the job never was on a runner
  std::string runner_name;  // "": the job never was on a runner
  std::string result;       // "succeeded", "failed", "canceled", ...
};
/// A message of a type this version does not know, or one that did not decode: kept and counted,
/// never fatal.
struct UnknownJobMessage {
  UnknownJobMessage() = default;
  std::string type;     // `messageType` as sent; empty if there was none
  std::string problem;  // why it did not decode; empty for an unknown type
};
/// One entry of a message (spec 6.5).
using JobMessage =
    std::variant<JobAvailable, JobAssigned, JobStarted, JobCompleted, UnknownJobMessage>;

/// One delivery of the queue: up to 50 job messages under one id (spec 6.3). `statistics` are
/// missing on a degraded service.
struct Message {
  Message() = default;
  MessageId id;                          // above 0; what delete_message acknowledges
  std::optional<Statistics> statistics;  // as of the delivery
  std::vector<JobMessage> jobs;          // in the service's order; may be empty
};

/// A registered runner (spec E15). A JIT runner's registration ends with its one job, or with
/// remove_runner.
struct Runner {
  Runner() = default;
  RunnerId id;               // above 0
  std::string name;          // unique in the tenant, at most 64 characters (spec E13)
  ScaleSetId scale_set;      // 0: not of a scale set
  std::string status;        // "online" or "offline"; empty: the service did not say
  std::optional<bool> busy;  // none: the service did not say
};

/// A registered runner and the configuration it starts with: good for one instance, once
/// (spec 11.1).
struct JitConfig {
  JitConfig() = default;
  Runner runner;  // registered now; listed as "offline" until it starts
  /// The runner's `--jitconfig` or ACTIONS_RUNNER_INPUT_JITCONFIG; base64, about 4 KiB.
  Secret encoded;
};

/// A runner group, which decides what repositories may use its scale sets (spec E9, 9). A
/// repository has only the default one.
struct RunnerGroup {
  RunnerGroup() = default;
  RunnerGroupId id;         // above 0; 1 is the default group
  std::string name;         // "Default", or as the organization or enterprise named it
  std::int64_t size = 0;    // as the service says; 0: it did not
  bool is_default = false;  // the one that every tenant has
};

/// What a walk of the token chain yielded (spec 3), without any token.
struct AccessInfo {
  AccessInfo() = default;
  std::string service_url;  // of the Actions service: {base} of spec 5
  /// Of the admin token or, if earlier, of the ProvidedToken; none: unknown.
  std::optional<Timestamp> expires_at;
  std::vector<std::string> scopes;  // "Actions.Read ...": the `scp` claim of the admin token
};

}  // namespace scaleset
