#include <algorithm>
#include <ranges>

#include "simulator/model/deadlines.hpp"
#include "simulator/model/model.hpp"
#include "simulator/model/operation_log.hpp"
#include "simulator/model/world_random.hpp"

/// The life of a job (protocol.md 10.2).
namespace scaleset::simulator {
namespace {

// Kept for the REST API's workflow runs and for the control API. The oldest are forgotten first.
constexpr std::size_t kFinishedJobsKept = 10000;

std::string workflow_ref(JobOrder const& order) {
  return order.owner + "/" + order.repository + "/.github/workflows/" + order.workflow_file + "@" +
         order.git_ref;
}

}  // namespace

std::vector<std::string> Model::queue_jobs(Timestamp now, std::string_view tenant, JobOrder order) {
  record("queue_jobs", seen(now), tenant, order);
  enter(now);
  Tenant& owner = tenant_of(tenant);
  std::vector<std::string> ids;
  for (std::int64_t index = 0; index < order.count; ++index) {
    Job job = make_job(owner, order);
    ids.push_back(job.facts.job_id);
    owner.jobs.emplace(job.facts.request, std::move(job));
  }
  assign_jobs(owner);
  changed_world();
  return ids;
}

Job Model::make_job(Tenant& tenant, JobOrder const& order) {
  Job job;
  job.facts.job_id = random_uuid();
  job.facts.request = RequestId{tenant.next_request_id++};
  job.facts.workflow_run_id = world_.next_run_id++;
  job.facts.workflow_ref = workflow_ref(order);
  job.facts.owner = order.owner;
  job.facts.repository = order.repository;
  job.facts.display_name = order.display_name;
  job.facts.event_name = order.event_name;
  job.facts.labels = order.labels;
  job.facts.queue_time = world_.now;
  job.plan = order.plan;
  job.plan.duration = choose_duration(order);
  job.plan_id = random_uuid();
  job.is_public = order.is_public;
  job.group = order.group;
  job.since = world_.now;
  return job;
}

std::chrono::milliseconds Model::choose_duration(JobOrder const& order) {
  // No random number is drawn where none is needed, so that it does not change the ids that follow.
  if (order.longest <= order.plan.duration) return order.plan.duration;
  WorldRandom random(world_.random_state);
  auto const spread = static_cast<double>((order.longest - order.plan.duration).count() + 1);
  return order.plan.duration +
         std::chrono::milliseconds(static_cast<std::int64_t>(random.uniform() * spread));
}

Outcome<void> Model::cancel_job(Timestamp now, std::string_view job_id) {
  record("cancel_job", seen(now), job_id);
  enter(now);
  for (auto& [key, tenant] : world_.tenants) {
    for (auto& [request, job] : tenant.jobs) {
      if (job.facts.job_id != job_id) continue;
      cancel(tenant, job);
      assign_jobs(tenant);
      changed_world();
      return {};
    }
  }
  return refuse(RefusalKind::job_not_found,
                "No job " + std::string(job_id) + " is queued or running.");
}

Outcome<std::string> Model::rerun_job(Timestamp now, std::string_view job_id) {
  record("rerun_job", seen(now), job_id);
  enter(now);
  for (Tenant& tenant : world_.tenants | std::views::values) {
    auto const old = std::ranges::find_if(
        tenant.finished, [&](Job const& job) { return job.facts.job_id == job_id; });
    if (old == tenant.finished.end()) continue;
    Job job;
    job.facts = old->facts;
    job.facts.job_id = random_uuid();
    job.facts.request = RequestId{tenant.next_request_id++};
    ++job.facts.run_attempt;
    job.facts.queue_time = world_.now;
    job.facts.assign_time = job.facts.runner_time = job.facts.finish_time = std::nullopt;
    job.plan = old->plan;
    job.plan_id = random_uuid();
    job.is_public = old->is_public;
    job.group = old->group;
    job.since = world_.now;
    std::string id = job.facts.job_id;
    tenant.jobs.emplace(job.facts.request, std::move(job));
    assign_jobs(tenant);
    changed_world();
    return id;
  }
  return refuse(RefusalKind::job_not_found, "No job " + std::string(job_id) + " has ended.");
}

void Model::cancel(Tenant& tenant, Job& job) {
  if (job.state != JobState::running) {
    // A scale set that never had the job is not told of its end (protocol.md 10.2).
    finish(tenant, job, "canceled", job.scale_set.has_value());
    return;
  }
  // Cancelled before. A second time must not give the runner more time.
  if (job.cancel_deadline) return;
  job.cancel_deadline = world_.now + options_.cancel_timeout;
  auto const runner = tenant.runners.find(job.runner);
  if (runner != tenant.runners.end()) wake(runner->second);
}

void Model::expire_jobs(Tenant& tenant) {
  // Gathered first, because finish() takes jobs out of the map.
  std::vector<RequestId> due;
  for (auto const& [request, job] : tenant.jobs) {
    std::optional<Timestamp> const moment = deadline(options_, job);
    if (moment && *moment <= world_.now) due.push_back(request);
  }
  for (RequestId const request : due) expire_job(tenant, tenant.jobs.find(request)->second);
}

void Model::expire_job(Tenant& tenant, Job& job) {
  if (job.state == JobState::running) {
    // The runner was lost, or it has not stopped in time after a cancellation.
    bool const lost = job.lock_until <= world_.now;
    finish(tenant, job, lost ? "failed" : "canceled", true);
    return;
  }
  if (job.facts.queue_time + options_.queue_ttl <= world_.now) {
    finish(tenant, job, "canceled", job.scale_set.has_value());
    return;
  }
  if (job.state == JobState::assigned) {
    withdraw_assignment(tenant, job);
  } else if (job.state == JobState::acquired) {
    auto const set = tenant.scale_sets.find(*job.scale_set);
    assign(set->second, job);
  } else {
    job.not_before.reset();  // the caller calls assign_jobs() next
  }
}

/// No runner took the job in time. Its scale set is told that the job was cancelled, and the job is
/// queued again unless it was assigned as often as it may be.
void Model::withdraw_assignment(Tenant& tenant, Job& job) {
  if (job.attempts >= options_.max_assignments) {
    finish(tenant, job, "failed", true);
    return;
  }
  Job told = job;
  told.result = "canceled";
  told.facts.finish_time = world_.now;
  append(tenant.scale_sets.find(*job.scale_set)->second, EntryKind::job_completed, told);
  requeue(tenant, job);
  // The next assignment follows about a second after the cancellation (protocol.md 10.2).
  job.not_before = world_.now + options_.reassign_delay;
}

void Model::requeue(Tenant& tenant, Job& job) {
  // A runner that was offered the job must not get it any more.
  withdraw_offer(tenant, job.facts.request);
  job.state = JobState::queued;
  job.since = world_.now;
  job.scale_set.reset();
  job.offered_to.clear();
  job.facts.assign_time.reset();
}

/// Ends the job and, with it, the registration of the ephemeral runner that had it. `job` is a
/// dangling reference afterwards.
void Model::finish(Tenant& tenant, Job& job, std::string result, bool tell) {
  RequestId const request = job.facts.request;
  withdraw_offer(tenant, request);
  job.state = JobState::completed;
  job.since = world_.now;
  job.result = std::move(result);
  job.facts.finish_time = world_.now;
  auto const set = job.scale_set ? tenant.scale_sets.find(*job.scale_set) : tenant.scale_sets.end();
  if (tell && set != tenant.scale_sets.end()) append(set->second, EntryKind::job_completed, job);
  auto const runner = tenant.runners.find(job.runner);
  if (runner != tenant.runners.end() && runner->second.job == request)
    // Ephemeral: a runner has one job, and its registration ends with it (protocol.md 10.7).
    drop_runner(tenant, job.runner);
  tenant.finished.push_back(std::move(job));
  tenant.jobs.erase(request);
  if (tenant.finished.size() > kFinishedJobsKept) tenant.finished.pop_front();
}

}  // namespace scaleset::simulator
