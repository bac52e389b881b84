#include "daemon/runner_book.hpp"

namespace scaleset::daemon {

Result<void> RunnerBook::open(base::OwnerKey const& owner) {
  owner_ = owner;
  auto known = journal_.find_scale_set(owner.url, owner.group, owner.name);
  if (!known) return std::unexpected(known.error());
  if (!*known) return note_scale_set(ScaleSetId{});  // nobody has asked the service yet
  key_ = **known;
  return {};
}

Result<void> RunnerBook::note_scale_set(ScaleSetId id) {
  store::ScaleSetRecord record;
  record.config_url = owner_.url;
  record.group = owner_.group;
  record.name = owner_.name;
  record.id = id;
  auto key = journal_.put_scale_set(record);
  if (!key) return std::unexpected(key.error());
  key_ = *key;
  return {};
}

Result<std::vector<std::string>> RunnerBook::runner_names() {
  auto const records = journal_.runners(key_);
  if (!records) return std::unexpected(records.error());
  std::vector<std::string> names;
  for (auto const& record : *records) names.push_back(record.name);
  return names;
}

Result<std::optional<std::string>> RunnerBook::previous_session() {
  auto session = journal_.recorded_session(key_);
  if (!session) return std::unexpected(session.error());
  if (!*session) return std::optional<std::string>();
  return (*session)->id;
}

Result<void> RunnerBook::note_session(std::string const& id, std::string const& owner) {
  if (id.empty()) return journal_.forget_session(key_);
  store::SessionRecord session;
  session.id = id;
  session.owner = owner;
  return journal_.remember_session(key_, session);
}

Result<std::vector<fleet::Adopted>> RunnerBook::recover(
    std::vector<backends::InstanceInfo> const& instances) {
  auto const records = journal_.runners(key_);
  if (!records) return std::unexpected(records.error());
  std::map<std::string, fleet::Adopted> found;
  for (auto const& record : *records) {
    // A later version may have written a state that this one does not know.
    auto const state = fleet::parse_runner_state(record.state).value_or(fleet::RunnerState::lost);
    found[record.name] = {record.name, record.id, record.reference, state, false};
  }
  for (auto const& instance : instances) {
    if (!instance.alive) continue;
    // This adds a runner that is not in the journal; nothing is known about its state then.
    auto& adopted = found[instance.runner_name];
    if (adopted.name.empty()) adopted.state = fleet::RunnerState::starting;
    adopted.name = instance.runner_name;
    adopted.reference = instance.reference;
    adopted.alive = true;
  }
  std::vector<fleet::Adopted> list;
  list.reserve(found.size());
  for (auto& [name, adopted] : found) list.push_back(std::move(adopted));
  return list;
}

Result<void> RunnerBook::keep(fleet::Fleet const& fleet, Timestamp now) {
  // Most events change no runner, and each write waits for the disk: so what changed is
  // written in one transaction.
  std::vector<store::RunnerRecord> changed;
  for (auto const& [name, runner] : fleet.runners()) {
    Written const current{runner.state, runner.id, runner.reference};
    auto const known = written_.find(name);
    if (known != written_.end() && known->second == current) continue;
    store::RunnerRecord record;
    record.name = name;
    record.id = runner.id;
    record.reference = runner.reference;
    record.state = fleet::to_string(runner.state);
    record.created_at = record.changed_at = now;
    changed.push_back(std::move(record));
  }
  if (changed.empty()) return {};
  auto put = journal_.put_runners(key_, changed);
  if (!put) return put;
  // Only now, because a write that fails is to be tried again at the next call.
  for (auto const& record : changed) {
    auto const& runner = fleet.runners().at(record.name);
    written_.insert_or_assign(record.name, Written{runner.state, runner.id, runner.reference});
  }
  return {};
}

Result<void> RunnerBook::forget(std::string const& name) {
  written_.erase(name);
  return journal_.forget_runner(key_, name);
}

}  // namespace scaleset::daemon
