#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/types.hpp"

/// What GitHub's side knows (protocol.md 10.1). Plain data: the rules are in Model, the form on
/// disk in world_json.hpp.
namespace scaleset::simulator {

/// Names something a poll can wait for: a scale set's queue or a runner's. Unique in the whole
/// world, never reused.
using Channel = std::uint64_t;

enum class JobState : std::uint8_t { queued, available, acquired, assigned, running, completed };
[[nodiscard]] std::string_view to_string(JobState state) noexcept;

/// The part of a job that travels in messages (protocol.md 6.5).
struct JobFacts {
  std::string job_id;  // UUID
  RequestId request;   // ascending in the order of queueing; the broker profile does not show it
  std::int64_t workflow_run_id = 0;
  std::int64_t run_attempt = 1;  // a run that is started again keeps its id
  std::string owner;
  std::string repository;  // without the owner
  std::string workflow_ref;
  std::string display_name;
  std::string event_name;
  std::vector<std::string> labels;
  Timestamp queue_time;
  std::optional<Timestamp> assign_time;
  std::optional<Timestamp> runner_time;
  std::optional<Timestamp> finish_time;
};

/// What the job does. With a script the duration and the result are the script's own.
struct JobPlan {
  std::chrono::milliseconds duration{1000};
  std::string result = "succeeded";
  std::string script;
};

struct Job {
  JobFacts facts;
  JobPlan plan;
  std::string plan_id;     // UUID; the job's name at the run service
  bool is_public = false;  // of a public repository: needs a group that allows it
  std::string group;       // runs-on: {group}: only sets in the group of that name; empty: any
  JobState state = JobState::queued;
  Timestamp since;                      // when the state was entered
  int attempts = 0;                     // assignments so far
  std::optional<Timestamp> not_before;  // queued again, but not to be assigned before this
  std::optional<ScaleSetId> scale_set;  // from acquired on
  std::vector<ScaleSetId> offered_to;   // acquire profile: which sets were told of it
  RunnerId runner;                      // 0 if the job was never on a runner
  std::string runner_name;
  Timestamp lock_until;                      // while running
  std::optional<Timestamp> cancel_deadline;  // running, and its runner was told to cancel it
  std::string result;                        // completed: "succeeded", "failed", "canceled", ...
};

enum class EntryKind : std::uint8_t { job_available, job_assigned, job_started, job_completed };
[[nodiscard]] std::string_view to_string(EntryKind kind) noexcept;  // "JobAvailable", ...

/// One element of a message. It keeps the job as it was at that moment, so that a redelivery is
/// identical to the first delivery.
struct Entry {
  EntryKind kind = EntryKind::job_assigned;
  JobFacts job;
  RunnerId runner;
  std::string runner_name;
  std::string result;
};

struct Message {
  MessageId id;
  std::vector<Entry> entries;  // 1 to max_batch
};

/// Belongs to the scale set, not to the session: undelivered and unacknowledged messages outlive
/// sessions (protocol.md 10.4).
struct Queue {
  MessageId next_id;
  std::deque<Message> log;     // undeleted ones, ascending
  std::vector<Entry> pending;  // not yet a message: the batch window is open
  Timestamp pending_since;
};

struct Session {
  std::string id;  // UUID
  std::string owner;
  Timestamp created_on;
  Timestamp last_activity;
  int polls = 0;  // held now; each keeps the session alive
};

struct ScaleSet {
  ScaleSetId id;
  std::string name;
  RunnerGroupId group;
  std::vector<Label> labels;
  bool disable_update = false;
  Timestamp created_on;
  Timestamp last_seen;                   // session or poll; dormancy counts from here
  Timestamp polled_at;                   // jobs go to the set that polled first
  std::int64_t advertised_capacity = 0;  // as of the latest poll: busy and idle runners together
  std::optional<Session> session;
  Queue queue;
  Channel channel = 0;
  std::uint64_t version = 0;  // changes when a held poll of this set has a reason to look again
};

struct Group {
  RunnerGroupId id;
  std::string name;
  bool is_default = false;
  bool allows_public = true;
};

/// A job on its way to a runner, not acquired yet.
struct JobOffer {
  RequestId job;
  std::int64_t message_id = 0;
  std::optional<Timestamp> delivered_at;
  /// The runner did not acquire the job in time. It is told once more, in vain: by then the job may
  /// go to another runner, and acquiring it is refused (protocol.md 11.4).
  bool has_lapsed = false;
};

struct Runner {
  RunnerId id;
  std::string name;
  ScaleSetId scale_set;  // 0: registered by the REST route (E19); jobs never go to it
  RunnerGroupId group;
  std::vector<Label> labels;  // of its own, without a scale set
  std::string work_folder;
  std::string client_id;  // UUID, its OAuth identity
  bool online = false;    // has a session; otherwise it is provisioned
  bool ever_online = false;
  std::string session_id;
  Timestamp created_on;
  Timestamp idle_since;  // jobs go to the runner that has been idle longest
  Timestamp last_contact;
  int polls = 0;
  std::optional<JobOffer> offer;
  std::optional<RequestId> job;  // which it is busy with
  bool cancellation_delivered = false;
  std::string program_version;  // of the runner program, as it said; empty: it never did
  Channel channel = 0;
  std::uint64_t version = 0;

  [[nodiscard]] bool has_valid_offer() const noexcept { return offer && !offer->has_lapsed; }
};

/// What is left of a runner that has completed its job: its registration has ended, but its session
/// at the broker is known for some seconds more (protocol.md D.3, item 13).
struct LeavingRunner {
  RunnerId id;
  std::string session_id;
  std::string client_id;
  Timestamp until;
  Channel channel = 0;
};

struct Tenant {
  std::string path;        // as first named: "my-org", "o/r", "enterprises/e"
  std::string service_id;  // its place in acquire profile URLs, 50 characters
  std::vector<Group> groups;
  std::int64_t next_scale_set_id = 1;
  std::int64_t next_runner_id = 1;
  std::int64_t next_request_id = 1;
  std::map<ScaleSetId, ScaleSet> scale_sets;
  std::map<RunnerId, Runner> runners;
  std::map<RunnerId, LeavingRunner> leaving;
  std::map<RequestId, Job> jobs;  // not completed; the order is the order of queueing
  std::deque<Job> finished;       // the latest ones, oldest first
};

struct Counters {
  std::int64_t messages_acknowledged = 0;
  std::int64_t messages_delivered = 0;
  std::int64_t jit_configs = 0;
  std::int64_t runners_online = 0;
  std::int64_t sessions_created = 0;
};

struct World {
  Timestamp now;
  std::uint64_t random_state = 0;
  Channel next_channel = 1;
  std::int64_t next_run_id = 30225287326;              // beyond 32 bits, as real ones
  std::map<std::string, Tenant, std::less<>> tenants;  // by path in lower case
  Counters counters;
};

}  // namespace scaleset::simulator
