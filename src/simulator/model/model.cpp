#include "simulator/model/model.hpp"

#include <utility>

#include "base/random_text.hpp"
#include "simulator/model/deadlines.hpp"
#include "simulator/model/operation_log.hpp"
#include "simulator/model/text.hpp"
#include "simulator/model/world_random.hpp"

namespace scaleset::simulator {
namespace {

constexpr std::int64_t kFirstExtraGroup = 3;  // 2 is GitHub's group of hosted runners
constexpr std::size_t kServiceIdDigits = 50;

Group make_group(std::int64_t id, std::string name) {
  Group group;
  group.id = RunnerGroupId{id};
  group.name = std::move(name);
  group.is_default = group.id == kDefaultRunnerGroup;
  return group;
}

std::unexpected<Refusal> no_such_set(ScaleSetId id) {
  return refuse(RefusalKind::scale_set_not_found,
                "No runner scale set found with identifier " + std::to_string(id.value) + ".");
}

}  // namespace

Model::Model(ModelOptions options, World world)
    : options_(std::move(options)), world_(std::move(world)), shortest_(shortest_time(options_)) {}

void Model::advance(Timestamp now) {
  std::uint64_t const before = revision_;
  // Recorded only if something happened: a timer that finds nothing due must not make the log grow.
  now = seen(now);
  enter(now);
  if (revision_ != before) record("advance", now);
}

/// Nothing that an operation starts is due before the shortest of all times has passed, so there is
/// no need to look through the whole world earlier than that.
void Model::enter(Timestamp now) {
  while (next_look_ <= now) {
    std::optional<Timestamp> const due = next_deadline();
    if (!due || *due > now) {
      next_look_ = due.value_or(Timestamp::max());
      break;
    }
    // One moment after the other, although the call comes later: what a deadline causes may itself
    // be due before `now`.
    happen(std::max(*due, world_.now));
  }
  if (now > world_.now) world_.now = now;
}

/// Does everything that is due at this moment. Each thing done here moves its own deadline on.
void Model::happen(Timestamp moment) {
  world_.now = moment;
  for (auto& [key, tenant] : world_.tenants) {
    // Before the assignments, which fill the places that end here.
    expire_jobs(tenant);
    expire_runners(tenant);
    expire_sessions(tenant);
    expire_dormant_sets(tenant);
    for (auto& [id, set] : tenant.scale_sets) seal_due(set);
    assign_jobs(tenant);
  }
  changed_world();
}

std::optional<Timestamp> Model::next_deadline() const {
  // The search goes through the whole world, so its result is kept until something changes.
  if (deadline_revision_ != revision_) {
    deadline_ = deadline(options_, world_);
    deadline_revision_ = revision_;
  }
  return deadline_;
}

void Model::replace_world(World world) {
  // The recorded operations belong to the old world: see take_operations().
  replaced_ = true;
  auto const wake_all = [this] {
    for (auto& [key, tenant] : world_.tenants) {
      for (auto& [id, set] : tenant.scale_sets) wake(set);
      for (auto& [id, runner] : tenant.runners) wake(runner);
    }
  };
  wake_all();  // the polls of what was there before
  world_ = std::move(world);
  wake_all();  // and those that go on
  changed_world();
  // The new world may have deadlines of any age.
  next_look_ = Timestamp::min();
}

std::vector<Channel> Model::take_wakeups() { return std::exchange(wakeups_, {}); }

void Model::changed_world() {
  ++revision_;
  // What has just begun cannot be due sooner (ADR 26).
  next_look_ = std::min(next_look_, world_.now + shortest_);
}

std::optional<std::string> Model::take_operations() {
  std::string taken = std::exchange(operations_, {});
  if (std::exchange(replaced_, false)) return std::nullopt;
  return taken;
}

void Model::wake(ScaleSet& set) {
  ++set.version;
  wakeups_.push_back(set.channel);
}

void Model::wake(Runner& runner) {
  ++runner.version;
  wakeups_.push_back(runner.channel);
}

// GitHub's names are not case-sensitive.
std::string Model::key(std::string_view path) { return lower(path); }

std::string Model::open_tenant(std::string_view path) {
  std::string tenant_key = key(path);
  // Before record(): opening a tenant again changes nothing and need not be repeated.
  if (world_.tenants.contains(tenant_key)) return tenant_key;
  record("open_tenant", path);
  Tenant tenant;
  tenant.path = std::string(path);
  tenant.service_id = random_hex(kServiceIdDigits);
  tenant.groups.push_back(make_group(kDefaultRunnerGroup.value, "Default"));
  // A repository has the default group only (protocol.md E9).
  if (!is_repository(tenant_key)) {
    std::int64_t id = kFirstExtraGroup;
    for (std::string const& name : options_.extra_groups)
      tenant.groups.push_back(make_group(id++, name));
  }
  world_.tenants.emplace(tenant_key, std::move(tenant));
  changed_world();
  return tenant_key;
}

Tenant const* Model::find_tenant(std::string_view key) const {
  auto const found = world_.tenants.find(key);
  return found == world_.tenants.end() ? nullptr : &found->second;
}

Tenant& Model::tenant_of(std::string_view key) { return world_.tenants.find(key)->second; }

std::string Model::random_hex(std::size_t digits) {
  // The state is part of the world, so that operations that are repeated make the same ids (ADR
  // 26).
  WorldRandom random(world_.random_state);
  changed_world();
  return base::random_hex(random, digits);
}

std::string Model::random_uuid() {
  WorldRandom random(world_.random_state);
  changed_world();
  return base::random_uuid(random);
}

std::int64_t Model::random_number() {
  WorldRandom random(world_.random_state);
  changed_world();
  return static_cast<std::int64_t>(random.uniform() * 0x1p62) + 1;
}

ScaleSet* Model::find_set(std::string_view tenant, ScaleSetId id) {
  auto const found = world_.tenants.find(tenant);
  if (found == world_.tenants.end()) return nullptr;
  auto const set = found->second.scale_sets.find(id);
  return set == found->second.scale_sets.end() ? nullptr : &set->second;
}

Outcome<ScaleSet*> Model::require_set(std::string_view tenant, ScaleSetId id) {
  if (ScaleSet* set = find_set(tenant, id)) return set;
  return no_such_set(id);
}

Outcome<ScaleSet const*> Model::scale_set(std::string_view tenant, ScaleSetId id) const {
  Tenant const* owner = find_tenant(tenant);
  if (owner == nullptr) return no_such_set(id);
  auto const set = owner->scale_sets.find(id);
  if (set == owner->scale_sets.end()) return no_such_set(id);
  return &set->second;
}

Statistics Model::statistics(std::string_view tenant, ScaleSetId id) const {
  Statistics counts;
  Tenant const* owner = find_tenant(tenant);
  if (owner == nullptr) return counts;
  auto const set = owner->scale_sets.find(id);
  if (set == owner->scale_sets.end()) return counts;
  for (auto const& [request, job] : owner->jobs) {
    // An offered job counts for every scale set that could acquire it; all others count for the one
    // that has them (protocol.md 6.6).
    if (job.state == JobState::available && matches(*owner, set->second, job))
      ++counts.available_jobs;
    if (job.scale_set != id) continue;
    if (job.state == JobState::acquired) ++counts.acquired_jobs;
    if (job.state == JobState::assigned || job.state == JobState::running) ++counts.assigned_jobs;
    if (job.state == JobState::running) ++counts.running_jobs;
  }
  for (auto const& [runner_id, runner] : owner->runners) {
    if (runner.scale_set != id) continue;
    // Whether GitHub counts runners that never came online is not known (protocol.md 10.7).
    if (runner.online || options_.count_provisioned) ++counts.registered_runners;
    if (runner.online) ++(runner.job ? counts.busy_runners : counts.idle_runners);
  }
  return counts;
}

}  // namespace scaleset::simulator
