#include <algorithm>
#include <map>
#include <ranges>

#include "simulator/model/model.hpp"
#include "simulator/model/operation_log.hpp"
#include "simulator/model/text.hpp"

/// Which job goes to which scale set, and to which of its runners (protocol.md 10.3, 9).
namespace scaleset::simulator {

void Model::assign_jobs(Tenant& tenant) {
  if (options_.profile == Profile::broker) {
    assign_by_capacity(tenant);
  } else {
    offer_to_sets(tenant);
  }
  // In this order, so that a job which is assigned now can reach an idle runner at once.
  hand_to_runners(tenant);
}

namespace {

bool is_queued(Job const& job, Timestamp now) {
  return job.state == JobState::queued && (!job.not_before || *job.not_before <= now);
}

/// A set that could take at least one more job.
struct Room {
  ScaleSet* set;
  std::int64_t left;
};

/// In the order in which the sets polled.
std::vector<Room> sets_with_room(Tenant& tenant) {
  std::map<ScaleSetId, std::int64_t> assigned;
  for (Job const& job : tenant.jobs | std::views::values) {
    // The capacity is the total: running jobs count against it too (protocol.md 9).
    if (job.state == JobState::assigned || job.state == JobState::running)
      ++assigned[*job.scale_set];
  }
  std::vector<Room> rooms;
  for (ScaleSet& set : tenant.scale_sets | std::views::values) {
    std::int64_t const left = set.advertised_capacity - assigned[set.id];
    // Lowering the capacity below what is assigned takes nothing back; `left` is negative then.
    if (set.session && left > 0) rooms.push_back(Room{&set, left});
  }
  std::ranges::stable_sort(
      rooms, [](Room const& a, Room const& b) { return a.set->polled_at < b.set->polled_at; });
  return rooms;
}

}  // namespace

void Model::assign_by_capacity(Tenant& tenant) {
  std::vector<Room> rooms;
  bool looked = false;
  for (Job& job : tenant.jobs | std::views::values) {
    if (!is_queued(job, world_.now)) continue;
    // Counting the assigned jobs takes a pass through all of them, which is needed only if a job is
    // queued.
    if (!std::exchange(looked, true)) rooms = sets_with_room(tenant);
    // Nobody has room for any job, so the rest need not be looked at.
    if (rooms.empty()) return;
    auto const room = std::ranges::find_if(
        rooms, [&](Room const& candidate) { return matches(tenant, *candidate.set, job); });
    if (room == rooms.end()) continue;
    assign(*room->set, job);
    if (--room->left == 0) rooms.erase(room);
  }
}

void Model::assign(ScaleSet& set, Job& job) {
  job.state = JobState::assigned;
  job.since = world_.now;
  job.scale_set = set.id;
  // Its delay was that of an assignment that was withdrawn.
  job.not_before.reset();
  job.facts.assign_time = world_.now;
  ++job.attempts;
  append(set, EntryKind::job_assigned, job);
}

void Model::offer_to_sets(Tenant& tenant) {
  for (Job& job : tenant.jobs | std::views::values) {
    if (!is_queued(job, world_.now) && job.state != JobState::available) continue;
    for (ScaleSet& set : tenant.scale_sets | std::views::values) {
      if (!set.session || !matches(tenant, set, job)) continue;
      // Each set is told of a job once. It has to remember the offer (A7).
      if (std::ranges::find(job.offered_to, set.id) != job.offered_to.end()) continue;
      if (job.state == JobState::queued) job.since = world_.now;
      job.state = JobState::available;
      job.not_before.reset();
      job.offered_to.push_back(set.id);
      append(set, EntryKind::job_available, job);
    }
  }
}

void Model::hand_to_runners(Tenant& tenant) {
  std::vector<Runner*> idle;
  std::vector<RequestId> offered;  // jobs that are on their way to a runner
  for (Runner& runner : tenant.runners | std::views::values) {
    if (runner.has_valid_offer()) offered.push_back(runner.offer->job);
    // Only a runner with a held poll can be told of a job now. Others get theirs at their next
    // poll.
    if (runner.online && runner.polls > 0 && !runner.job && !runner.offer) idle.push_back(&runner);
  }
  std::ranges::stable_sort(
      idle, [](Runner const* a, Runner const* b) { return a->idle_since < b->idle_since; });
  std::ranges::sort(offered);
  for (Job& job : tenant.jobs | std::views::values) {
    if (idle.empty()) return;
    if (job.state != JobState::assigned) continue;
    if (std::ranges::binary_search(offered, job.facts.request)) continue;
    auto const taker = std::ranges::find_if(
        // A job goes to any idle runner of its set, whichever job that runner was started for
        // (protocol.md 9).
        idle, [&](Runner const* runner) { return runner->scale_set == job.scale_set; });
    if (taker == idle.end()) continue;
    Runner& runner = **taker;
    idle.erase(taker);
    JobOffer offer;
    offer.job = job.facts.request;
    offer.message_id = random_number();
    runner.offer = offer;
    wake(runner);
  }
}

namespace {

bool group_allows(Tenant const& tenant, ScaleSet const& set, Job const& job) {
  auto const group =
      std::ranges::find_if(tenant.groups, [&](Group const& one) { return one.id == set.group; });
  if (group == tenant.groups.end()) return false;
  if (!job.group.empty() && !equal_ignoring_case(group->name, job.group)) return false;
  // Repository-scoped scale sets are not subject to runner groups (protocol.md 9).
  bool const bypasses_policy = is_repository(lower(tenant.path));
  return !job.is_public || group->allows_public || bypasses_policy;
}

}  // namespace

bool Model::matches(Tenant const& tenant, ScaleSet const& set, Job const& job) {
  if (!group_allows(tenant, set, job)) return false;
  return std::ranges::all_of(job.facts.labels, [&](std::string const& wanted) {
    return std::ranges::any_of(
        set.labels, [&](Label const& label) { return equal_ignoring_case(label.name, wanted); });
  });
}

Outcome<std::vector<RequestId>> Model::acquire_jobs(Timestamp now, std::string_view tenant,
                                                    ScaleSetId id, std::string_view session,
                                                    std::vector<RequestId> const& requests) {
  record("acquire_jobs", seen(now), tenant, id, session, requests);
  enter(now);
  Session* const live = live_session(tenant, id, session);
  if (live == nullptr) {
    return refuse(RefusalKind::poll_unauthorized, "The session of this token has ended.");
  }
  live->last_activity = world_.now;
  std::vector<RequestId> acquired;
  Tenant& owner = tenant_of(tenant);
  for (RequestId const request : requests) {
    auto const job = owner.jobs.find(request);
    if (job == owner.jobs.end() || job->second.state != JobState::available) continue;
    // What was taken by another set, or never offered to this one, is simply missing from the
    // answer (protocol.md E14).
    if (!matches(owner, *find_set(tenant, id), job->second)) continue;
    job->second.state = JobState::acquired;
    job->second.since = world_.now;
    job->second.scale_set = id;
    // It is no longer anybody else's to acquire.
    job->second.offered_to.clear();
    acquired.push_back(request);
  }
  changed_world();
  return acquired;
}

Outcome<std::vector<JobFacts>> Model::acquirable_jobs(std::string_view tenant,
                                                      ScaleSetId id) const {
  Outcome<ScaleSet const*> const set = scale_set(tenant, id);
  if (!set) return std::unexpected(set.error());
  std::vector<JobFacts> found;
  Tenant const& owner = *find_tenant(tenant);
  // The broker has the route, but nothing to list (protocol.md 9).
  if (options_.profile == Profile::broker) return found;
  for (Job const& job : owner.jobs | std::views::values) {
    bool const free = job.state == JobState::queued || job.state == JobState::available;
    if (free && matches(owner, **set, job)) found.push_back(job.facts);
  }
  return found;
}

}  // namespace scaleset::simulator
