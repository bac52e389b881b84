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

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// A number with a meaning: swapped arguments do not compile. 64 bit, as everything the service
/// counts.
template <class Tag>
struct Id {
  std::int64_t value = 0;
  friend auto operator<=>(Id, Id) = default;
};
using ScaleSetId = Id<struct ScaleSetTag>;
using RunnerGroupId = Id<struct RunnerGroupTag>;
using RunnerId = Id<struct RunnerTag>;
using MessageId = Id<struct MessageTag>;
using RequestId = Id<struct RequestTag>;

/// The group every tenant has ("Default"); clients hard-code its id (spec E9).
inline constexpr RunnerGroupId kDefaultRunnerGroup{1};

struct Label {
  Label() = default;
  explicit Label(std::string label_name) : name(std::move(label_name)) {}
  std::string name;
  std::string type = "System";
};

/// Counts the service sends with every message and session (spec 6.6). `assigned_jobs` includes the
/// running ones and is what one scales by.
struct Statistics {
  std::int64_t available_jobs = 0;
  std::int64_t acquired_jobs = 0;
  std::int64_t assigned_jobs = 0;
  std::int64_t running_jobs = 0;
  std::int64_t registered_runners = 0;
  std::int64_t busy_runners = 0;
  std::int64_t idle_runners = 0;
  friend bool operator==(Statistics const&, Statistics const&) = default;
};

struct ScaleSet {
  ScaleSet() = default;
  ScaleSetId id;
  std::string name;
  RunnerGroupId group = kDefaultRunnerGroup;
  std::string group_name;
  std::vector<Label> labels;  // empty on creation: one label, the name
  bool disable_update = false;
  std::optional<Timestamp> created_on;
  std::optional<Statistics> statistics;
  // What only some servers say; never sent.
  std::string jit_config_url;
  std::string status;
  std::optional<bool> enabled;
};

/// What update_scale_set changes (spec E7). Fields without a value stay as they are.
struct ScaleSetUpdate {
  ScaleSetUpdate() = default;
  std::optional<std::string> name;
  std::optional<RunnerGroupId> group;
  std::optional<std::vector<Label>> labels;
  std::optional<bool> disable_update;
};

/// What all job messages share (spec 6.5). Every field may be missing on the wire: empty or zero
/// then.
struct JobInfo {
  JobInfo() = default;
  RequestId request;   // 0 on github.com; the identity of a job on GHES
  std::string job_id;  // the identity of a job on github.com
  std::string job_display_name;
  std::string workflow_ref;
  std::string event_name;
  std::string owner;
  std::string repository;
  std::int64_t workflow_run_id = 0;
  std::vector<std::string> labels;
  std::optional<Timestamp> queued_at;
  std::optional<Timestamp> assigned_at;
  std::optional<Timestamp> runner_assigned_at;
  std::optional<Timestamp> finished_at;
};
struct JobAvailable {
  JobAvailable() = default;
  JobInfo job;
  std::string acquire_url;
};
struct JobAssigned {
  JobAssigned() = default;
  JobInfo job;
};
struct JobStarted {
  JobStarted() = default;
  JobInfo job;
  RunnerId runner;
  std::string runner_name;
};
struct JobCompleted {
  JobCompleted() = default;
  JobInfo job;
  RunnerId runner;          // 0: the job never was on a runner
  std::string runner_name;  // "": the job never was on a runner
  std::string result;       // "succeeded", "failed", "canceled", ...
};
/// A message of a type this version does not know, or one that did not decode: kept and counted,
/// never fatal.
struct UnknownJobMessage {
  UnknownJobMessage() = default;
  std::string type;
  std::string problem;  // why it did not decode; empty for an unknown type
};
using JobMessage =
    std::variant<JobAvailable, JobAssigned, JobStarted, JobCompleted, UnknownJobMessage>;

/// One delivery of the queue: up to 50 job messages under one id (spec 6.3). `statistics` are
/// missing on a degraded service.
struct Message {
  Message() = default;
  MessageId id;
  std::optional<Statistics> statistics;
  std::vector<JobMessage> jobs;
};

struct Runner {
  Runner() = default;
  RunnerId id;
  std::string name;
  ScaleSetId scale_set;
  std::string status;        // "online" or "offline"; empty: the service did not say
  std::optional<bool> busy;  // none: the service did not say
};

/// A registered runner and the configuration it starts with: good for one instance, once
/// (spec 11.1).
struct JitConfig {
  JitConfig() = default;
  Runner runner;
  Secret encoded;
};

struct RunnerGroup {
  RunnerGroup() = default;
  RunnerGroupId id;
  std::string name;
  std::int64_t size = 0;  // as the service says; 0: it did not
  bool is_default = false;
};

/// What a walk of the token chain yielded (spec 3), without any token.
struct AccessInfo {
  AccessInfo() = default;
  std::string service_url;  // of the Actions service: {base} of spec 5
  std::optional<Timestamp> expires_at;
  std::vector<std::string> scopes;  // "Actions.Read ...": the `scp` claim of the admin token
};

}  // namespace scaleset
