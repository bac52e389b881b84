#include "daemon/runner_rows.hpp"

#include <algorithm>
#include <utility>

namespace scaleset::daemon {
namespace {

/// A later version may have written a state that this one does not know.
fleet::RunnerState state_of(store::RunnerRecord const& record) {
  return fleet::parse_runner_state(record.state).value_or(fleet::RunnerState::lost);
}

store::JobRecord recorded(std::optional<JobInfo> const& job) {
  store::JobRecord record;
  if (!job) return record;
  record.id = job->job_id;
  record.name = job->job_display_name;
  record.owner = job->owner;
  record.repository = job->repository;
  return record;
}

std::optional<JobInfo> job_from(store::JobRecord const& record) {
  if (record == store::JobRecord()) return std::nullopt;
  JobInfo job;
  job.job_id = record.id;
  job.job_display_name = record.name;
  job.owner = record.owner;
  job.repository = record.repository;
  return job;
}

fleet::Adopted adopted_from(store::RunnerRecord const& record) {
  fleet::Adopted adopted;
  adopted.name = record.name;
  adopted.id = record.id;
  adopted.scale_set = record.scale_set;
  adopted.reference = record.reference;
  adopted.state = state_of(record);
  adopted.job = job_from(record.job);
  return adopted;
}

void add(fleet::Adopted& adopted, backends::Instance const& instance) {
  if (adopted.name.empty()) {
    // The journal does not know it, so nothing is known about its state.
    adopted.name = instance.runner_name;
    adopted.state = fleet::RunnerState::starting;
  }
  if (!adopted.id) adopted.id = instance.runner;
  if (adopted.scale_set == ScaleSetId{} && instance.scale_set)
    adopted.scale_set = *instance.scale_set;
  adopted.reference = instance.reference;
  adopted.alive = true;
  adopted.activity = activity_of(instance);
}

}  // namespace

fleet::InstancesListed listing_of(std::vector<backends::Instance> const& instances,
                                  base::OwnerKey const& owner, fleet::TimePoint asked_at) {
  fleet::InstancesListed report;
  report.asked_at = asked_at;
  for (auto const& instance : instances) {
    if (instance.owner != owner) continue;
    report.asked_at = std::min(report.asked_at, asked_at - instance.looked_ago);
    report.instances.push_back({instance.runner_name, instance.alive, activity_of(instance),
                                instance.runner, instance.scale_set.value_or(ScaleSetId{}),
                                instance.reference});
  }
  return report;
}

fleet::Activity activity_of(backends::Instance const& instance) noexcept {
  switch (instance.activity) {
    case backends::Activity::idle: return fleet::Activity::idle;
    case backends::Activity::busy: return fleet::Activity::busy;
    case backends::Activity::unknown: break;
  }
  return fleet::Activity::unknown;
}

std::vector<fleet::Adopted> runners_to_adopt(std::vector<store::RunnerRecord> const& records,
                                             std::vector<backends::Instance> const& instances,
                                             base::OwnerKey const& owner,
                                             std::set<std::string> const& untouchable) {
  std::map<std::string, fleet::Adopted> found;
  for (auto const& record : records) {
    if (!untouchable.contains(record.name)) found[record.name] = adopted_from(record);
  }
  for (auto const& instance : instances) {
    if (instance.owner != owner) continue;
    if (instance.alive) add(found[instance.runner_name], instance);
    auto const ended = found.find(instance.runner_name);
    if (ended != found.end()) ended->second.said_goodbye = instance.said_goodbye;
  }
  std::vector<fleet::Adopted> list;
  list.reserve(found.size());
  for (auto& [name, adopted] : found) list.push_back(std::move(adopted));
  return list;
}

std::set<std::string> untouchable_runners(std::vector<backends::Instance> const& instances) {
  std::set<std::string> names;
  for (auto const& instance : instances) {
    if (instance.owner == base::OwnerKey()) names.insert(instance.runner_name);
  }
  return names;
}

RunnerRows::RunnerRows(store::ScaleSetKey key, std::vector<store::RunnerRecord> const& records)
    : key_(key) {
  for (auto const& record : records)
    durable_.emplace(record.name, Row{state_of(record), record.id, record.scale_set,
                                      record.reference, record.job});
}

void RunnerRows::leave_alone(std::set<std::string> const& untouchable) {
  std::erase_if(durable_, [&](auto const& row) { return untouchable.contains(row.first); });
}

std::vector<store::Change> RunnerRows::changes(fleet::Runners const& runners, Timestamp now) {
  std::vector<store::Change> changes;
  pending_.clear();
  for (auto const& [name, row] : durable_) {
    if (runners.contains(name)) continue;
    changes.emplace_back(store::ForgetRunner{key_, name});
    pending_.emplace_back(name, std::nullopt);
  }
  for (auto const& [name, runner] : runners) {
    Row row{runner.state, runner.id, runner.scale_set, runner.reference, recorded(runner.job)};
    auto const known = durable_.find(name);
    if (known != durable_.end() && known->second == row) continue;
    store::RunnerRecord record;
    record.name = name;
    record.id = runner.id;
    record.scale_set = runner.scale_set;
    record.reference = runner.reference;
    record.state = fleet::to_string(runner.state);
    record.job = row.job;
    record.created_at = record.changed_at = now;
    changes.emplace_back(store::PutRunner{key_, std::move(record)});
    pending_.emplace_back(name, std::move(row));
  }
  return changes;
}

void RunnerRows::written() {
  for (auto& [name, row] : std::exchange(pending_, {})) {
    if (row) {
      durable_.insert_or_assign(name, *std::move(row));
    } else {
      durable_.erase(name);
    }
  }
}

}  // namespace scaleset::daemon
