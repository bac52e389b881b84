#include <algorithm>
#include <ranges>

#include "simulator/model/deadlines.hpp"
#include "simulator/model/model.hpp"
#include "simulator/model/operation_log.hpp"
#include "simulator/model/text.hpp"

/// Registration of runners, as their owner sees it, and its end (protocol.md 10.7).
namespace scaleset::simulator {
namespace {

// GitHub's limit (protocol.md E13).
constexpr std::size_t kMaxNameLength = 64;

std::unexpected<Refusal> no_such_runner(RunnerId id) {
  return refuse(RefusalKind::runner_not_found,
                "No agent found with identifier " + std::to_string(id.value) + ".");
}

}  // namespace

Outcome<void> Model::check_name(std::string_view tenant, std::string const& name) const {
  if (name.empty() || name.size() > kMaxNameLength)
    return refuse(RefusalKind::invalid, "A runner's name has 1 to 64 characters.");
  // Names are unique in the whole tenant, in any case of letters, and a name is taken until the
  // registration ends: a call that is repeated after a lost answer meets itself here (A6).
  if (find_runner(tenant, name) != nullptr)
    return refuse(RefusalKind::runner_exists,
                  "Already exists a runner with the name " + name + ".");
  return {};
}

Outcome<RunnerId> Model::register_runner(Timestamp now, std::string_view tenant, ScaleSetId id,
                                         std::string name, std::string work_folder) {
  record("register_runner", seen(now), tenant, id, name, work_folder);
  enter(now);
  Outcome<ScaleSet*> const set = require_set(tenant, id);
  if (!set) return std::unexpected(set.error());
  Outcome<void> const usable = check_name(tenant, name);
  if (!usable) return std::unexpected(usable.error());
  Runner runner;
  runner.name = std::move(name);
  runner.scale_set = id;
  runner.group = (*set)->group;
  runner.work_folder = std::move(work_folder);
  return add_runner(tenant_of(tenant), std::move(runner));
}

Outcome<RunnerId> Model::register_plain_runner(Timestamp now, std::string_view tenant,
                                               RunnerDraft draft) {
  record("register_plain_runner", seen(now), tenant, draft);
  enter(now);
  Outcome<void> const usable = check_name(tenant, draft.name);
  if (!usable) return std::unexpected(usable.error());
  Runner runner;
  runner.name = std::move(draft.name);
  runner.group = draft.group;
  runner.labels = std::move(draft.labels);
  runner.work_folder = std::move(draft.work_folder);
  return add_runner(tenant_of(tenant), std::move(runner));
}

RunnerId Model::add_runner(Tenant& tenant, Runner runner) {
  runner.id = RunnerId{tenant.next_runner_id++};
  if (runner.work_folder.empty()) runner.work_folder = "_work";
  runner.client_id = random_uuid();
  runner.created_on = world_.now;
  // never_online_ttl counts from the registration.
  runner.last_contact = world_.now;
  runner.channel = world_.next_channel++;
  RunnerId const id = runner.id;
  tenant.runners.emplace(id, std::move(runner));
  ++world_.counters.jit_configs;
  changed_world();
  return id;
}

Runner* Model::find_registered(std::string_view tenant, RunnerId id) {
  auto const owner = world_.tenants.find(tenant);
  if (owner == world_.tenants.end()) return nullptr;
  auto const runner = owner->second.runners.find(id);
  return runner == owner->second.runners.end() ? nullptr : &runner->second;
}

Outcome<Runner*> Model::require_runner(std::string_view tenant, RunnerId id) {
  if (Runner* runner = find_registered(tenant, id)) return runner;
  return no_such_runner(id);
}

Outcome<Runner const*> Model::runner(std::string_view tenant, RunnerId id) const {
  Tenant const* owner = find_tenant(tenant);
  if (owner == nullptr) return no_such_runner(id);
  auto const runner = owner->runners.find(id);
  if (runner == owner->runners.end()) return no_such_runner(id);
  return &runner->second;
}

Runner const* Model::find_runner(std::string_view tenant, std::string_view name) const {
  Tenant const* owner = find_tenant(tenant);
  if (owner == nullptr) return nullptr;
  for (Runner const& runner : owner->runners | std::views::values) {
    if (equal_ignoring_case(runner.name, name)) return &runner;
  }
  return nullptr;
}

Outcome<void> Model::remove_runner(Timestamp now, std::string_view tenant, RunnerId id) {
  record("remove_runner", seen(now), tenant, id);
  enter(now);
  Runner const* const runner = find_registered(tenant, id);
  // The service answers 204 for an unknown runner as well (protocol.md E15).
  if (runner == nullptr) return {};
  // An offered job counts too: the runner may be about to take it. This is the check on which
  // removing a runner safely depends (B3).
  if (runner->job || runner->has_valid_offer()) {
    return refuse(RefusalKind::job_still_running,
                  "The runner " + runner->name + " is still running a job.");
  }
  drop_runner(tenant_of(tenant), id);
  changed_world();
  return {};
}

void Model::drop_runner(Tenant& tenant, RunnerId id) {
  auto const runner = tenant.runners.find(id);
  // Wakes its held poll, which is then told that the runner is unknown.
  take_offline(runner->second);
  tenant.runners.erase(runner);
}

/// If it has a job, the job goes on: a busy runner may come back before its lock expires.
void Model::take_offline(Runner& runner) {
  runner.online = false;
  runner.session_id.clear();
  runner.polls = 0;
  wake(runner);
}

void Model::withdraw_offer(Tenant& tenant, RequestId request) {
  for (Runner& runner : tenant.runners | std::views::values) {
    if (!runner.offer || runner.offer->job != request) continue;
    runner.offer.reset();
    wake(runner);
  }
}

void Model::expire_runners(Tenant& tenant) {
  // Gathered first, because dropping a runner changes the map that the loop goes through.
  std::vector<RunnerId> forgotten;
  for (auto& [id, runner] : tenant.runners) {
    std::optional<Timestamp> const redelivery = redelivery_deadline(options_, runner);
    if (redelivery && *redelivery <= world_.now) {
      // The runner never acquired the job. It is told once more, and then gets other jobs.
      if (std::exchange(runner.offer->has_lapsed, true)) {
        runner.offer.reset();
      } else {
        runner.offer->delivered_at.reset();
      }
      wake(runner);
    }
    std::optional<Timestamp> const contact = contact_deadline(options_, runner);
    if (!contact || *contact > world_.now) continue;
    // It was never online or went offline long ago: contact_deadline() has two meanings.
    if (!runner.online) {
      forgotten.push_back(id);
      continue;
    }
    if (runner.offer) withdraw_offer(tenant, RequestId{runner.offer->job});
    take_offline(runner);
  }
  for (RunnerId const id : forgotten) drop_runner(tenant, id);
  std::vector<RunnerId> left;
  for (auto const& [id, runner] : tenant.leaving) {
    if (runner.until <= world_.now) left.push_back(id);
  }
  for (RunnerId const id : left) forget_leaving(tenant, id);
}

std::optional<Model::RunnerIdentity> Model::find_client(std::string_view client_id) const {
  for (auto const& [key, tenant] : world_.tenants) {
    for (auto const& [id, runner] : tenant.runners) {
      if (runner.client_id == client_id) return RunnerIdentity{key, id};
    }
    for (auto const& [id, runner] : tenant.leaving) {
      if (runner.client_id == client_id) return RunnerIdentity{key, id};
    }
  }
  return std::nullopt;
}

}  // namespace scaleset::simulator
