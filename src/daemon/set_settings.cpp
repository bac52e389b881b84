#include "daemon/set_settings.hpp"

#include <algorithm>
#include <functional>

#include "base/ascii.hpp"

namespace scaleset::daemon {
namespace {

/// The default group has a known name and a known id (protocol.md E9). Which name another id
/// belongs to only the service knows. No group's name begins with a space.
std::string group_key(SetSettings const& settings) {
  if (settings.group_id == kDefaultRunnerGroup) return "default";
  if (settings.group_id.value > 0) return " id " + std::to_string(settings.group_id.value);
  return settings.group;
}

template <class T>
bool same(std::shared_ptr<T> const& one, std::shared_ptr<T> const& other) {
  return one == other || (one && other && *one == *other);
}

std::string identity_of(SetSettings const& settings) {
  return settings.access ? settings.access->identity : std::string();
}

}  // namespace

SetChange change_between(SetSettings const& before, SetSettings const& after) {
  SetChange change;
  change.limits = before.fleet != after.fleet || before.schedule != after.schedule ||
                  before.budget != after.budget;
  change.runners = !same(before.what, after.what) || before.work_folder != after.work_folder;
  change.labels = before.labels != after.labels || before.adopt != after.adopt;
  // The backend has the grace, and the runners' names begin with the scale set's.
  change.anew = identity_of(before) != identity_of(after) || before.name != after.name ||
                before.fleet.stop_grace != after.fleet.stop_grace ||
                before.list_interval != after.list_interval;
  return change;
}

Result<base::OwnerKey> owner_of(SetSettings const& settings) {
  return base::OwnerKey::make(settings.url, group_key(settings), settings.name);
}

std::string runner_name_prefix(std::string scale_set_name) {
  auto const is_plain = [](char c) { return base::is_ascii_word(c) || c == '-'; };
  std::ranges::replace_if(scale_set_name, std::not_fn(is_plain), '-');
  return scale_set_name;
}

}  // namespace scaleset::daemon
