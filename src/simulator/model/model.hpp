#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"
#include "simulator/model/refusal.hpp"

namespace scaleset::simulator {

/// Creation and update of a scale set. Missing on update: unchanged (protocol.md E7).
struct ScaleSetDraft {
  std::optional<std::string> name;
  std::optional<RunnerGroupId> group;
  std::optional<std::vector<Label>> labels;
  std::optional<bool> disable_update;
};

/// One or more jobs that differ only in their duration.
struct JobOrder {
  std::int64_t count = 1;
  std::string owner;
  std::string repository;
  std::string display_name = "build";
  std::string event_name = "workflow_dispatch";
  std::string workflow_file = "ci.yml";
  std::string git_ref = "refs/heads/main";
  std::vector<std::string> labels;
  std::string group;  // runs-on: {group}; empty: any
  bool is_public = false;
  JobPlan plan;  // the shortest duration
  /// Durations are drawn evenly from the plan's up to this one. If it is not longer than the
  /// plan's, all jobs take the plan's.
  std::chrono::milliseconds longest{0};
};

/// A runner that its owner registers without a scale set (E19).
struct RunnerDraft {
  std::string name;
  RunnerGroupId group = kDefaultRunnerGroup;
  std::vector<Label> labels;
  std::string work_folder;
};

/// The answer to a poll: the first message after the cursor, and the statistics as they are now.
struct Delivery {
  Message message;
  Statistics statistics;
};

/// A held poll, until end_poll. `version` is the scale set's (or runner's) when the poll looked
/// last.
struct PollTicket {
  std::string tenant;
  std::int64_t id = 0;  // of the scale set or the runner
  std::string session;
  Channel channel = 0;
  std::uint64_t version = 0;
};

struct RunnerMessage {
  enum class Kind : std::uint8_t { job_request, job_cancellation };
  Kind kind = Kind::job_request;
  std::int64_t id = 0;  // of 64 bits
  std::string job_id;
};

/// The service's state machine (protocol.md 10.2 to 10.8). Pure: it has no clock and no socket, and
/// its only randomness is the state in the World.
///
/// Every operation takes the time and first lets everything happen that was due by then. Time never
/// runs backwards: an earlier time counts as the latest one seen. A driver needs one timer for
/// next_look(), and must pass take_wakeups() on to the polls it holds after every operation.
/// Tenants are named by key(path) and must have been opened.
class Model {
 public:
  Model(ModelOptions options, World world);

  [[nodiscard]] ModelOptions const& options() const noexcept { return options_; }
  [[nodiscard]] World const& world() const noexcept { return world_; }
  /// Changes whenever the world does: a world saved at this revision is up to date.
  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }
  /// From now on operations are written down (operation_log.hpp) until they are taken.
  void start_recording() { recording_ = true; }
  /// The lines recorded since the last call. None: the world was replaced, so it must be saved as a
  /// whole.
  [[nodiscard]] std::optional<std::string> take_operations();

  // --- time
  void advance(Timestamp now);
  /// When the next thing happens by itself. None: nothing will.
  [[nodiscard]] std::optional<Timestamp> next_deadline() const;
  /// Never later than next_deadline(), and cheap to call: advance() at this time is early enough.
  [[nodiscard]] Timestamp next_look() const noexcept { return next_look_; }
  /// The channels whose polls have had a reason to look again since the last call.
  [[nodiscard]] std::vector<Channel> take_wakeups();

  /// Replaces everything; all held polls look again.
  void replace_world(World world);

  // --- tenants
  [[nodiscard]] static std::string key(std::string_view path);
  /// Creates the tenant if it is new. Returns its key.
  std::string open_tenant(std::string_view path);
  [[nodiscard]] Tenant const* find_tenant(std::string_view key) const;

  // --- scale sets (E4 to E8)
  Outcome<ScaleSetId> create_scale_set(Timestamp now, std::string_view tenant, ScaleSetDraft draft);
  Outcome<void> update_scale_set(Timestamp now, std::string_view tenant, ScaleSetId id,
                                 ScaleSetDraft draft);
  /// Refused while a job of the set runs. Assigned jobs go back to the queue; the message log and
  /// the set's offline runners are deleted with it.
  Outcome<void> delete_scale_set(Timestamp now, std::string_view tenant, ScaleSetId id);
  [[nodiscard]] Outcome<ScaleSet const*> scale_set(std::string_view tenant, ScaleSetId id) const;
  [[nodiscard]] Statistics statistics(std::string_view tenant, ScaleSetId id) const;

  // --- sessions (E10 to E12)
  /// The new session's id.
  Outcome<std::string> create_session(Timestamp now, std::string_view tenant, ScaleSetId id,
                                      std::string owner);
  Outcome<void> refresh_session(Timestamp now, std::string_view tenant, ScaleSetId id,
                                std::string_view session);
  Outcome<void> delete_session(Timestamp now, std::string_view tenant, ScaleSetId id,
                               std::string_view session);

  // --- queue (E14, E16 to E18)
  /// Notes the capacity, which may assign jobs at once, and keeps the session alive until end_poll.
  Outcome<PollTicket> begin_poll(Timestamp now, std::string_view tenant, ScaleSetId id,
                                 std::string_view session, std::int64_t capacity);
  void end_poll(Timestamp now, PollTicket const& ticket);
  /// The first message after the cursor, which stays in the queue. Refused if the ticket's session
  /// has ended.
  Outcome<std::optional<Delivery>> peek(PollTicket const& ticket, MessageId cursor);
  /// Whether there is a reason to peek again. Brings the ticket's version up to date.
  [[nodiscard]] bool changed(PollTicket& ticket) const;
  Outcome<void> delete_message(Timestamp now, std::string_view tenant, ScaleSetId id,
                               std::string_view session, MessageId message);
  /// Numbers the undeleted messages, and all that follow, from the first id on (protocol.md 10.4):
  /// earlier cursors mean nothing any more. Held polls look again.
  Outcome<void> restart_sequence(Timestamp now, std::string_view tenant, ScaleSetId id);
  /// The requests that the caller has acquired; those that it could not have are left out.
  Outcome<std::vector<RequestId>> acquire_jobs(Timestamp now, std::string_view tenant,
                                               ScaleSetId id, std::string_view session,
                                               std::vector<RequestId> const& requests);
  [[nodiscard]] Outcome<std::vector<JobFacts>> acquirable_jobs(std::string_view tenant,
                                                               ScaleSetId id) const;

  /// Whether the set may have the job: the set has all of the job's labels, in any case, and its
  /// runner group allows the job (protocol.md 9). Looks at nothing else of the job.
  [[nodiscard]] static bool matches(Tenant const& tenant, ScaleSet const& set, Job const& job);

  // --- jobs (control side)
  /// Returns the new jobs' ids. The jobs are assigned at once where that is possible.
  std::vector<std::string> queue_jobs(Timestamp now, std::string_view tenant, JobOrder order);
  /// Looks in all tenants. Refused for an unknown or completed job.
  Outcome<void> cancel_job(Timestamp now, std::string_view job_id);
  /// Queues a completed job once more, as the next attempt of its run. Returns the new job's id.
  Outcome<std::string> rerun_job(Timestamp now, std::string_view job_id);

  // --- runners as their owner sees them (E13, E15)
  Outcome<RunnerId> register_runner(Timestamp now, std::string_view tenant, ScaleSetId id,
                                    std::string name, std::string work_folder);
  Outcome<RunnerId> register_plain_runner(Timestamp now, std::string_view tenant,
                                          RunnerDraft draft);
  [[nodiscard]] Outcome<Runner const*> runner(std::string_view tenant, RunnerId id) const;
  [[nodiscard]] Runner const* find_runner(std::string_view tenant, std::string_view name) const;
  /// Removing an unknown runner succeeds.
  Outcome<void> remove_runner(Timestamp now, std::string_view tenant, RunnerId id);

  // --- what runners do (protocol.md 11.4)
  struct RunnerIdentity {
    std::string tenant;
    RunnerId id;
  };
  [[nodiscard]] std::optional<RunnerIdentity> find_client(std::string_view client_id) const;
  /// Returns the session's id: the one asked for, or a new one if that is empty.
  /// `program_version` is that of the runner program, if it says so.
  Outcome<std::string> open_runner_session(Timestamp now, std::string_view tenant, RunnerId id,
                                           std::string_view session,
                                           std::string_view program_version);
  /// Ends the runner's session, whichever it is; also that of a runner which has completed its job.
  Outcome<void> close_runner_session(Timestamp now, std::string_view tenant, RunnerId id);
  Outcome<PollTicket> begin_runner_poll(Timestamp now, std::string_view tenant, RunnerId id,
                                        std::string_view session);
  void end_runner_poll(Timestamp now, PollTicket const& ticket);
  /// Hands out a message. A job request that is not acquired is handed out again after
  /// runner_redelivery. A runner that has completed its job is given nothing, until its session
  /// ends or runner_linger is over (protocol.md D.3, item 13).
  Outcome<std::optional<RunnerMessage>> take_runner_message(PollTicket const& ticket);
  [[nodiscard]] bool runner_changed(PollTicket& ticket) const;
  /// Refused unless the job is assigned to the runner, whether or not it has acquired it.
  [[nodiscard]] Outcome<void> acknowledge_job(std::string_view tenant, RunnerId id,
                                              std::string_view job_id) const;
  /// Starts the job that was offered to the runner: JobStarted is queued.
  Outcome<Job const*> acquire_job(Timestamp now, std::string_view tenant, RunnerId id,
                                  std::string_view job_id);
  /// The lock then holds for lock_ttl from now on.
  Outcome<Job const*> renew_job(Timestamp now, std::string_view tenant, RunnerId id,
                                std::string_view job_id);
  /// Ends the job and the runner's registration: JobCompleted is queued.
  Outcome<Job const*> complete_job(Timestamp now, std::string_view tenant, RunnerId id,
                                   std::string_view job_id, std::string result);

 private:
  /// A number of hexadecimal digits, or a UUID, from the world's own sequence.
  [[nodiscard]] std::string random_hex(std::size_t digits);
  [[nodiscard]] std::string random_uuid();
  /// From 1 on, mostly of 62 bits.
  [[nodiscard]] std::int64_t random_number();

  // time (model.cpp)
  template <class... Arguments>
  void record(std::string_view operation, Arguments const&... arguments);
  /// The time as an operation that is told `now` sees it.
  [[nodiscard]] Timestamp seen(Timestamp now) const noexcept { return std::max(now, world_.now); }
  void enter(Timestamp now);
  void happen(Timestamp moment);
  void changed_world();
  void wake(ScaleSet& set);
  void wake(Runner& runner);
  Tenant& tenant_of(std::string_view key);
  ScaleSet* find_set(std::string_view tenant, ScaleSetId id);
  Outcome<ScaleSet*> require_set(std::string_view tenant, ScaleSetId id);
  Runner* find_registered(std::string_view tenant, RunnerId id);
  Outcome<Runner*> require_runner(std::string_view tenant, RunnerId id);

  // jobs (jobs.cpp)
  Job make_job(Tenant& tenant, JobOrder const& order);
  std::chrono::milliseconds choose_duration(JobOrder const& order);
  void expire_jobs(Tenant& tenant);
  void expire_job(Tenant& tenant, Job& job);
  void withdraw_assignment(Tenant& tenant, Job& job);
  void finish(Tenant& tenant, Job& job, std::string result, bool tell);
  void requeue(Tenant& tenant, Job& job);
  void cancel(Tenant& tenant, Job& job);

  // assignment (assignment.cpp)
  /// Offers or assigns queued jobs to scale sets, as the profile has it, and hands assigned ones to
  /// idle runners, as far as that is possible now.
  void assign_jobs(Tenant& tenant);
  void offer_to_sets(Tenant& tenant);
  void assign_by_capacity(Tenant& tenant);
  void assign(ScaleSet& set, Job& job);
  void hand_to_runners(Tenant& tenant);

  // queue (queue.cpp)
  void append(ScaleSet& set, EntryKind kind, Job const& job);
  void seal(ScaleSet& set);
  void seal_due(ScaleSet& set);

  // sessions and scale sets
  /// Null: not the live session of that set.
  Session* live_session(std::string_view tenant, ScaleSetId id, std::string_view session);
  void end_session(ScaleSet& set);
  void expire_sessions(Tenant& tenant);
  void expire_dormant_sets(Tenant& tenant);
  void drop_scale_set(Tenant& tenant, ScaleSetId id);
  [[nodiscard]] Outcome<void> check_place(Tenant const& tenant, ScaleSetId self,
                                          std::string const& name, RunnerGroupId group) const;

  // runners (runners.cpp)
  [[nodiscard]] Outcome<void> check_name(std::string_view tenant, std::string const& name) const;
  RunnerId add_runner(Tenant& tenant, Runner runner);
  void expire_runners(Tenant& tenant);
  void drop_runner(Tenant& tenant, RunnerId id);
  LeavingRunner* find_leaving(std::string_view tenant, RunnerId id);
  void forget_leaving(Tenant& tenant, RunnerId id);
  void withdraw_offer(Tenant& tenant, RequestId job);
  void take_offline(Runner& runner);
  Outcome<Job*> require_job_of(std::string_view tenant, RunnerId id, std::string_view job_id);

  ModelOptions options_;
  World world_;
  std::uint64_t revision_ = 1;
  std::vector<Channel> wakeups_;
  bool recording_ = false;
  bool replaced_ = false;
  std::string operations_;
  std::chrono::milliseconds shortest_;  // of all times in the options
  Timestamp next_look_ = Timestamp::min();
  mutable std::uint64_t deadline_revision_ = 0;  // of deadline_
  mutable std::optional<Timestamp> deadline_;
};

}  // namespace scaleset::simulator
