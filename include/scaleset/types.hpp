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

/// What travels to and from the service (protocol.md 5 and 6). The types are deliberately not
/// aggregates: see HACKING.md, "g++ 12 and co_await".
namespace scaleset::inline v0 {

/// Times of the service, in UTC. Fractions of a second are cut to milliseconds. The year 1,
/// which the service sends for "none", becomes an empty optional (protocol.md 4.3).
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// A number of one kind, so that swapped arguments do not compile. It has 64 bits, as all numbers
/// of the service have.
template <class Tag>
struct Id {
  /// 0 stands for "none".
  std::int64_t value = 0;
  /// Compares the numbers.
  friend auto operator<=>(Id, Id) = default;
};
/// A scale set, numbered by the service when it is created (protocol.md E6). 0 if it has not been
/// created yet.
using ScaleSetId = Id<struct ScaleSetTag>;
/// A runner group (protocol.md E9).
using RunnerGroupId = Id<struct RunnerGroupTag>;
/// A registered runner (protocol.md E13, E15). 0 if a job was never on a runner.
using RunnerId = Id<struct RunnerTag>;
/// A message of one scale set's queue. Unique only until the service starts counting anew
/// (protocol.md 6.3). 0 stands for the start of the queue.
using MessageId = Id<struct MessageTag>;
/// A job's request (`runnerRequestId`, protocol.md 6.5): its identity on GHES, always 0 on
/// github.com.
using RequestId = Id<struct RequestTag>;

/// The group every tenant has ("Default"); clients hard-code its id (protocol.md E9).
inline constexpr RunnerGroupId kDefaultRunnerGroup{1};

/// A label of a scale set. A job goes to a scale set that has all labels of its `runs-on`;
/// upper and lower case do not matter (protocol.md 9).
struct Label {
  Label() = default;
  /// A label of the type "System".
  explicit Label(std::string label_name) : name(std::move(label_name)) {}
  std::string name;  // at most 256 characters (protocol.md 8), none of them a control character
  std::string type = "System";  // empty is sent as "System" (protocol.md E6)
};

/// The counts that the service sends with every message and session (protocol.md 6.6).
/// `assigned_jobs`, which includes the running ones, is the number of runners that are needed.
struct Statistics {
  /// Jobs that match the labels and that nobody has acquired yet. GHES only; always 0 on
  /// github.com.
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

/// A runner scale set: jobs are assigned to it, and runners registered for it (protocol.md E4 to
/// E8). When one is created, only name, group, labels and disable_update are sent.
struct ScaleSet {
  ScaleSet() = default;
  ScaleSetId id;     // given by the service; 0 before creation
  std::string name;  // unique in its group; may be empty if there is a label
  RunnerGroupId group = kDefaultRunnerGroup;  // not sent on creation if it is 0
  std::string group_name;                     // as the service says; never sent
  std::vector<Label> labels;  // if empty on creation, the name becomes the only label
  /// Whether its runners must not update themselves. A runner that is too old gets no jobs
  /// (protocol.md 8).
  bool disable_update = false;
  std::optional<Timestamp> created_on;   // by the service; never sent
  std::optional<Statistics> statistics;  // no value if the service sent none
  std::string jit_config_url;            // as the service says; the library does not use it
  std::string status;                    // as the service says; seen so far: "online" and empty
  std::optional<bool> enabled;           // no value if the service sent none
};

/// What update_scale_set changes (protocol.md E7). Fields without a value stay as they are.
struct ScaleSetUpdate {
  ScaleSetUpdate() = default;
  std::optional<std::string> name;           // not empty, not taken in the group
  std::optional<RunnerGroupId> group;        // above 0
  std::optional<std::vector<Label>> labels;  // replace the old ones; not empty
  std::optional<bool> disable_update;        // see ScaleSet
};

/// What all job messages share (protocol.md 6.5). The service may leave out any field; it is empty
/// or zero then.
struct JobInfo {
  JobInfo() = default;
  RequestId request;                     // 0 on github.com; the identity of a job on GHES
  std::string job_id;                    // the identity of a job on github.com
  std::string job_display_name;          // as the page of the workflow run shows it
  std::string workflow_ref;              // "o/r/.github/workflows/ci.yml@refs/heads/main"
  std::string event_name;                // what started the run: "push", "workflow_dispatch", ...
  std::string owner;                     // the repository's user or organization
  std::string repository;                // without its owner
  std::int64_t workflow_run_id = 0;      // the run's id in the REST API; needs more than 32 bits
  std::vector<std::string> labels;       // what `runs-on` asks for
  std::optional<Timestamp> queued_at;    // in every kind of message
  std::optional<Timestamp> assigned_at;  // to the scale set; in JobAssigned and later messages
  std::optional<Timestamp> runner_assigned_at;  // to a runner; in JobStarted and JobCompleted
  std::optional<Timestamp> finished_at;         // in JobCompleted only
};
/// A job that may be acquired with acquire_jobs: GHES only (protocol.md 9).
struct JobAvailable {
  JobAvailable() = default;
  JobInfo job;              // `request` is above 0
  std::string acquire_url;  // as sent; the library asks at the session's own address
};
/// An offer of a job (JobAvailable) that is still open, as far as is known: what must be known of
/// it to acquire it later.
struct OpenOffer {
  RequestId request;    // above 0
  Timestamp queued_at;  // the oldest is acquired first
  /// Compares the values.
  friend bool operator==(OpenOffer const&, OpenOffer const&) = default;
};
/// A job was assigned to the scale set; on github.com this is the first message about it
/// (protocol.md 9). It may come again, if the job is assigned anew.
struct JobAssigned {
  JobAssigned() = default;
  JobInfo job;  // normally with its `assigned_at`
};
/// A job began to run. Only this message tells on which runner: it may be any idle one of the scale
/// set (protocol.md 9).
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
  RunnerId runner;          // 0 if the job was never on a runner
  std::string runner_name;  // empty if the job was never on a runner
  std::string result;       // "succeeded", "failed", "canceled", ...
};
/// A message of a type that this version of the library does not know, or one that did not decode.
/// It is handed on, so that one bad message does not stop those beside it.
struct UnknownJobMessage {
  UnknownJobMessage() = default;
  std::string type;     // `messageType` as sent; empty if there was none
  std::string problem;  // why it did not decode; empty for an unknown type
};
/// One entry of a message (protocol.md 6.5).
using JobMessage =
    std::variant<JobAvailable, JobAssigned, JobStarted, JobCompleted, UnknownJobMessage>;

/// What one poll delivers: up to 50 job messages under one id (protocol.md 6.3).
struct Message {
  Message() = default;
  MessageId id;                          // above 0; what delete_message acknowledges
  std::optional<Statistics> statistics;  // when it was delivered; no value if not sent
  std::vector<JobMessage> jobs;          // in the service's order; may be empty
};

/// A registered runner (protocol.md E15). A JIT runner's registration ends with its one job, or
/// with remove_runner.
struct Runner {
  Runner() = default;
  RunnerId id;               // above 0
  std::string name;          // unique in the tenant, at most 64 characters (protocol.md E13)
  ScaleSetId scale_set;      // 0 if the runner does not belong to a scale set
  std::string status;        // "online" or "offline"; empty if the service sent none
  std::string version;       // of its software, "2.338.0"; empty if the service sent none
  std::optional<bool> busy;  // no value if the service sent none
};

/// When a version of the runner software stops working (protocol.md D.2).
struct RunnerDeprecation {
  RunnerDeprecation() = default;
  std::string version;  // "2.336.0"
  /// From then on a runner of this version cannot be registered. None: not yet known.
  std::optional<Timestamp> registration_deprecates_at;
  /// From then on a registered runner of this version gets no jobs. None: not yet known.
  std::optional<Timestamp> runtime_deprecates_at;
};

/// A registered runner and the configuration it starts with, which works for one start of one
/// runner (protocol.md 11.1).
struct JitConfig {
  JitConfig() = default;
  Runner runner;  // registered; listed as "offline" until it starts
  /// The runner's `--jitconfig` or ACTIONS_RUNNER_INPUT_JITCONFIG; base64, about 4 KiB.
  Secret encoded;
};

/// A runner group, which decides which repositories may use its scale sets (protocol.md E9, 9). A
/// repository has only the default group.
struct RunnerGroup {
  RunnerGroup() = default;
  RunnerGroupId id;         // above 0; 1 is the default group
  std::string name;         // "Default", or as the organization or enterprise named it
  std::int64_t size = 0;    // as the service says; 0 if it does not
  bool is_default = false;  // whether this is the default group, which every tenant has
};

/// What the client's credentials give access to (protocol.md 3). Holds no token.
struct AccessInfo {
  AccessInfo() = default;
  std::string service_url;  // of the Actions service: {base} of protocol.md 5
  /// When the admin token expires, or the ProvidedToken if that is earlier. No value if that is not
  /// known.
  std::optional<Timestamp> expires_at;
  std::vector<std::string> scopes;  // the `scp` claim of the admin token: "Actions.Read ..."
};

}  // namespace scaleset::inline v0
