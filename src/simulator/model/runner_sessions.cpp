#include <algorithm>
#include <ranges>
#include <utility>

#include "simulator/model/model.hpp"
#include "simulator/model/operation_log.hpp"

/// What a registered runner does: session, poll, job (protocol.md 11.4).
namespace scaleset::simulator {
namespace {

std::unexpected<Refusal> session_unknown(Runner const& runner) {
  return refuse(RefusalKind::runner_session_unknown,
                "The session of the runner " + runner.name + " is not valid.");
}

std::unexpected<Refusal> no_such_job() {
  return refuse(RefusalKind::job_not_found, "The job was not found, was cancelled or has ended.");
}

}  // namespace

Outcome<std::string> Model::open_runner_session(Timestamp now, std::string_view tenant, RunnerId id,
                                                std::string_view session,
                                                std::string_view program_version) {
  record("open_runner_session", seen(now), tenant, id, session, program_version);
  enter(now);
  Outcome<Runner*> const found = require_runner(tenant, id);
  if (!found) return std::unexpected(found.error());
  Runner& runner = **found;
  // A runner whose process has crashed is refused until the service takes it for offline.
  if (runner.online && runner.session_id != session) {
    return refuse(RefusalKind::runner_session_conflict,
                  "The task agent " + runner.name + " already has an active session.");
  }
  runner.session_id = session.empty() ? random_uuid() : std::string(session);
  runner.program_version = std::string(program_version);
  if (runner.offer) runner.offer->delivered_at.reset();  // the process that received it has ended
  // The idle runner that has waited longest gets the next job; a new session is no reason to wait
  // again.
  if (!runner.online) runner.idle_since = world_.now;
  runner.online = true;
  if (!std::exchange(runner.ever_online, true)) ++world_.counters.runners_online;
  runner.last_contact = world_.now;
  changed_world();
  return runner.session_id;
}

Outcome<void> Model::close_runner_session(Timestamp now, std::string_view tenant, RunnerId id) {
  record("close_runner_session", seen(now), tenant, id);
  enter(now);
  if (find_leaving(tenant, id) != nullptr) {
    forget_leaving(tenant_of(tenant), id);
    changed_world();
    return {};
  }
  Outcome<Runner*> const found = require_runner(tenant, id);
  if (!found) return std::unexpected(found.error());
  Runner& runner = **found;
  if (!runner.online) return session_unknown(runner);
  // It will not take the job any more, so another runner shall.
  if (runner.offer) withdraw_offer(tenant_of(tenant), RequestId{runner.offer->job});
  take_offline(runner);
  runner.last_contact = world_.now;
  assign_jobs(tenant_of(tenant));
  changed_world();
  return {};
}

Outcome<PollTicket> Model::begin_runner_poll(Timestamp now, std::string_view tenant, RunnerId id,
                                             std::string_view session) {
  record("begin_runner_poll", seen(now), tenant, id, session);
  enter(now);
  LeavingRunner const* const leaving = find_leaving(tenant, id);
  if (leaving != nullptr && leaving->session_id == session) {
    return PollTicket{std::string(tenant), id.value, std::string(session), leaving->channel, 0};
  }
  Outcome<Runner*> const found = require_runner(tenant, id);
  if (!found) return std::unexpected(found.error());
  Runner& runner = **found;
  if (!runner.online || runner.session_id != session) return session_unknown(runner);
  ++runner.polls;
  runner.last_contact = world_.now;
  assign_jobs(tenant_of(tenant));
  changed_world();
  return PollTicket{std::string(tenant), id.value, std::string(session), runner.channel,
                    runner.version};
}

void Model::end_runner_poll(Timestamp now, PollTicket const& ticket) {
  record("end_runner_poll", seen(now), ticket);
  enter(now);
  Runner* const runner = find_registered(ticket.tenant, RunnerId{ticket.id});
  if (runner == nullptr || !runner->online || runner->session_id != ticket.session) return;
  runner->polls = std::max(0, runner->polls - 1);
  runner->last_contact = world_.now;
  changed_world();
}

LeavingRunner* Model::find_leaving(std::string_view tenant, RunnerId id) {
  auto const owner = world_.tenants.find(tenant);
  if (owner == world_.tenants.end()) return nullptr;
  auto const runner = owner->second.leaving.find(id);
  return runner == owner->second.leaving.end() ? nullptr : &runner->second;
}

void Model::forget_leaving(Tenant& tenant, RunnerId id) {
  auto const runner = tenant.leaving.find(id);
  wakeups_.push_back(runner->second.channel);
  tenant.leaving.erase(runner);
}

Outcome<std::optional<RunnerMessage>> Model::take_runner_message(PollTicket const& ticket) {
  LeavingRunner const* const leaving = find_leaving(ticket.tenant, RunnerId{ticket.id});
  if (leaving != nullptr && leaving->session_id == ticket.session) return std::nullopt;
  Outcome<Runner*> const found = require_runner(ticket.tenant, RunnerId{ticket.id});
  if (!found) return std::unexpected(found.error());
  Runner& runner = **found;
  if (!runner.online || runner.session_id != ticket.session) return session_unknown(runner);
  Tenant& tenant = tenant_of(ticket.tenant);
  RunnerMessage message;
  // A job request comes before a cancellation: a runner has only one of the two.
  if (runner.offer && !runner.offer->delivered_at) {
    record("advance", world_.now);  // so that a replay counts the delivery at the same time
    record("take_runner_message", ticket);
    Job const& job = tenant.jobs.find(runner.offer->job)->second;
    runner.offer->delivered_at = world_.now;
    message.id = runner.offer->message_id;
    message.job_id = job.facts.job_id;
    changed_world();
    return message;
  }
  // Told once. If the runner ignores it, the job's cancel_deadline ends the job.
  if (!runner.job || runner.cancellation_delivered) return std::nullopt;
  Job const& job = tenant.jobs.find(*runner.job)->second;
  if (!job.cancel_deadline) return std::nullopt;
  record("take_runner_message", ticket);
  runner.cancellation_delivered = true;
  message.kind = RunnerMessage::Kind::job_cancellation;
  message.id = random_number();
  message.job_id = job.facts.job_id;
  changed_world();
  return message;
}

bool Model::runner_changed(PollTicket& ticket) const {
  Outcome<Runner const*> const found = runner(ticket.tenant, RunnerId{ticket.id});
  Tenant const* const tenant = find_tenant(ticket.tenant);
  if (!found) return tenant == nullptr || !tenant->leaving.contains(RunnerId{ticket.id});
  return std::exchange(ticket.version, (*found)->version) != (*found)->version;
}

Outcome<void> Model::acknowledge_job(std::string_view tenant, RunnerId id,
                                     std::string_view job_id) const {
  Outcome<Runner const*> const found = runner(tenant, id);
  if (!found) return std::unexpected(found.error());
  Runner const& runner = **found;
  std::optional<RequestId> request = runner.job;
  if (runner.has_valid_offer()) request = runner.offer->job;
  if (request && find_tenant(tenant)->jobs.at(*request).facts.job_id == job_id) return {};
  return refuse(RefusalKind::job_not_found,
                "No such job is assigned to the runner " + runner.name + ".");
}

Outcome<Job const*> Model::acquire_job(Timestamp now, std::string_view tenant, RunnerId id,
                                       std::string_view job_id) {
  record("acquire_job", seen(now), tenant, id, job_id);
  enter(now);
  Outcome<Runner*> const found = require_runner(tenant, id);
  if (!found) return std::unexpected(found.error());
  Runner& runner = **found;
  Tenant& owner = tenant_of(tenant);
  runner.last_contact = world_.now;
  changed_world();
  auto const job = runner.offer ? owner.jobs.find(runner.offer->job) : owner.jobs.end();
  if (job == owner.jobs.end() || job->second.facts.job_id != job_id) {
    // Somebody else has it: 409, while everything else is a 404 (protocol.md 11.4).
    for (Job const& other : owner.jobs | std::views::values) {
      if (other.state == JobState::running && other.facts.job_id == job_id)
        return refuse(RefusalKind::job_taken, "The job has already been acquired.");
    }
    return no_such_job();
  }
  if (runner.offer->has_lapsed) {
    runner.offer.reset();
    assign_jobs(owner);
    return refuse(RefusalKind::job_taken, "The assignment of the job is no longer valid.");
  }
  Job& taken = job->second;
  runner.job = std::exchange(runner.offer, std::nullopt)->job;
  withdraw_offer(owner, *runner.job);  // lapsed ones of other runners
  runner.cancellation_delivered = false;
  taken.state = JobState::running;
  taken.since = world_.now;
  taken.runner = runner.id;
  taken.runner_name = runner.name;
  taken.facts.runner_time = world_.now;
  // The runner has to renew this, or the job fails (protocol.md 10.2).
  taken.lock_until = world_.now + options_.lock_ttl;
  append(owner.scale_sets.find(*taken.scale_set)->second, EntryKind::job_started, taken);
  return &taken;
}

Outcome<Job*> Model::require_job_of(std::string_view tenant, RunnerId id, std::string_view job_id) {
  Outcome<Runner*> const runner = require_runner(tenant, id);
  if (!runner) return std::unexpected(runner.error());
  // Also if the job is not its own: the runner has shown that it lives.
  (*runner)->last_contact = world_.now;
  if (!(*runner)->job) return no_such_job();
  Job& job = tenant_of(tenant).jobs.find(*(*runner)->job)->second;
  if (job.facts.job_id != job_id) return no_such_job();
  return &job;
}

Outcome<Job const*> Model::renew_job(Timestamp now, std::string_view tenant, RunnerId id,
                                     std::string_view job_id) {
  record("renew_job", seen(now), tenant, id, job_id);
  enter(now);
  Outcome<Job*> const job = require_job_of(tenant, id, job_id);
  changed_world();
  if (!job) return std::unexpected(job.error());
  (*job)->lock_until = world_.now + options_.lock_ttl;
  return *job;
}

Outcome<Job const*> Model::complete_job(Timestamp now, std::string_view tenant, RunnerId id,
                                        std::string_view job_id, std::string result) {
  record("complete_job", seen(now), tenant, id, job_id, result);
  enter(now);
  Outcome<Job*> const job = require_job_of(tenant, id, job_id);
  changed_world();
  if (!job) return std::unexpected(job.error());
  Runner const& runner = *find_registered(tenant, id);
  LeavingRunner leaving;
  leaving.id = id;
  leaving.session_id = runner.session_id;
  leaving.client_id = runner.client_id;
  leaving.until = world_.now + options_.runner_linger;
  leaving.channel = runner.channel;
  finish(tenant_of(tenant), **job, std::move(result), true);
  // Without a session there is nobody to whom the end of the registration would matter.
  bool const lingers = !leaving.session_id.empty() && leaving.until > world_.now;
  if (lingers) tenant_of(tenant).leaving.emplace(id, std::move(leaving));
  assign_jobs(tenant_of(tenant));
  return &tenant_of(tenant).finished.back();
}

}  // namespace scaleset::simulator
