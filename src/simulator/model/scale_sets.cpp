#include <algorithm>
#include <ranges>

#include "simulator/model/deadlines.hpp"
#include "simulator/model/model.hpp"
#include "simulator/model/operation_log.hpp"
#include "simulator/model/sequence.hpp"
#include "simulator/model/text.hpp"

/// Creation, change and end of scale sets (protocol.md E6 to E8, 10.8).
namespace scaleset::simulator {
namespace {

bool has_running_job(Tenant const& tenant, ScaleSetId id) {
  return std::ranges::any_of(tenant.jobs | std::views::values, [&](Job const& job) {
    return job.scale_set == id && job.state == JobState::running;
  });
}

/// If only one of name and labels is given, the other follows from it: the label is the name, or
/// the name is the first label. (Nothing public says what the service does with labels alone.)
void complete(ScaleSetDraft& draft) {
  if (!draft.labels || draft.labels->empty()) draft.labels = std::vector{Label(*draft.name)};
  for (Label& label : *draft.labels) {
    if (label.type.empty()) label.type = "System";
  }
}

}  // namespace

Outcome<ScaleSetId> Model::create_scale_set(Timestamp now, std::string_view tenant,
                                            ScaleSetDraft draft) {
  record("create_scale_set", seen(now), tenant, draft);
  enter(now);
  // See complete(): a set with labels and without a name is named after the first.
  if ((!draft.name || draft.name->empty()) && draft.labels && !draft.labels->empty())
    draft.name = draft.labels->front().name;
  if (!draft.name || draft.name->empty())
    return refuse(RefusalKind::invalid, "A runner scale set needs a name.");
  complete(draft);
  Tenant& owner = tenant_of(tenant);
  RunnerGroupId const group = draft.group.value_or(kDefaultRunnerGroup);
  // Names are unique per group (protocol.md E6).
  Outcome<void> const place = check_place(owner, ScaleSetId{}, *draft.name, group);
  if (!place) return std::unexpected(place.error());
  ScaleSet set;
  set.id = ScaleSetId{owner.next_scale_set_id++};
  set.name = std::move(*draft.name);
  set.group = group;
  set.labels = std::move(*draft.labels);
  set.disable_update = draft.disable_update.value_or(false);
  set.created_on = world_.now;
  // Both count from the creation: dormancy, and the order in which sets are served.
  set.last_seen = world_.now;
  set.polled_at = world_.now;
  set.channel = world_.next_channel++;
  set.queue.next_id = first_message_id(options_.profile);
  ScaleSetId const id = set.id;
  owner.scale_sets.emplace(id, std::move(set));
  changed_world();
  return id;
}

Outcome<void> Model::update_scale_set(Timestamp now, std::string_view tenant, ScaleSetId id,
                                      ScaleSetDraft draft) {
  record("update_scale_set", seen(now), tenant, id, draft);
  enter(now);
  Outcome<ScaleSet*> const found = require_set(tenant, id);
  if (!found) return std::unexpected(found.error());
  ScaleSet& set = **found;
  // What is missing or empty stays as it is (protocol.md E7).
  std::string const name = draft.name && !draft.name->empty() ? *draft.name : set.name;
  RunnerGroupId const group = draft.group.value_or(set.group);
  Outcome<void> const place = check_place(tenant_of(tenant), id, name, group);
  if (!place) return place;
  set.name = name;
  set.group = group;
  if (draft.labels && !draft.labels->empty()) {
    draft.name = name;
    complete(draft);
    set.labels = std::move(*draft.labels);
  }
  if (draft.disable_update) set.disable_update = *draft.disable_update;
  assign_jobs(tenant_of(tenant));
  changed_world();
  return {};
}

Outcome<void> Model::check_place(Tenant const& tenant, ScaleSetId self, std::string const& name,
                                 RunnerGroupId group) const {
  if (!std::ranges::any_of(tenant.groups, [&](Group const& one) { return one.id == group; })) {
    return refuse(RefusalKind::invalid,
                  "No runner group found with identifier " + std::to_string(group.value) + ".");
  }
  for (auto const& [id, set] : tenant.scale_sets) {
    if (id == self || set.group != group || !equal_ignoring_case(set.name, name)) continue;
    return refuse(RefusalKind::scale_set_exists,
                  "A runner scale set with the name " + name + " already exists.");
  }
  return {};
}

Outcome<void> Model::delete_scale_set(Timestamp now, std::string_view tenant, ScaleSetId id) {
  record("delete_scale_set", seen(now), tenant, id);
  enter(now);
  Outcome<ScaleSet*> const found = require_set(tenant, id);
  if (!found) return std::unexpected(found.error());
  // protocol.md 10.8. What GitHub answers then is not known; see service_refusal() for ours.
  if (has_running_job(tenant_of(tenant), id)) {
    return refuse(RefusalKind::scale_set_in_use,
                  "The runner scale set " + (*found)->name + " still has running jobs.");
  }
  drop_scale_set(tenant_of(tenant), id);
  assign_jobs(tenant_of(tenant));
  changed_world();
  return {};
}

void Model::drop_scale_set(Tenant& tenant, ScaleSetId id) {
  for (auto& [request, job] : tenant.jobs) {
    std::erase(job.offered_to, id);
    bool const was_only_offer = job.state == JobState::available && job.offered_to.empty();
    if (job.scale_set == id || was_only_offer) {
      requeue(tenant, job);
      // The attempts were those of this scale set. For the next one the job is new.
      job.attempts = 0;
    }
  }
  std::vector<RunnerId> offline;
  for (auto const& [runner_id, runner] : tenant.runners) {
    if (runner.scale_set == id && !runner.online) offline.push_back(runner_id);
  }
  for (RunnerId const runner_id : offline) drop_runner(tenant, runner_id);
  // Before the set is gone, so that its held poll is answered.
  wake(tenant.scale_sets.find(id)->second);
  tenant.scale_sets.erase(id);
}

void Model::expire_dormant_sets(Tenant& tenant) {
  std::vector<ScaleSetId> dormant;
  for (auto& [id, set] : tenant.scale_sets) {
    std::optional<Timestamp> const due = dormancy_deadline(options_, set);
    if (!due || *due > world_.now) continue;
    if (has_running_job(tenant, id)) {
      set.last_seen = world_.now;  // a job runs, so the set counts as in use: look again later
    } else {
      dormant.push_back(id);
    }
  }
  for (ScaleSetId const id : dormant) drop_scale_set(tenant, id);
}

}  // namespace scaleset::simulator
