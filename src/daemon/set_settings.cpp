#include "daemon/set_settings.hpp"

#include <algorithm>

namespace scaleset::daemon {
namespace {

/// The default group has a known name and a known id (protocol.md E9). Which name another id
/// belongs to only the service knows. No group's name begins with a space.
std::string group_key(SetSettings const& settings) {
  if (settings.group_id == kDefaultRunnerGroup) return "default";
  if (settings.group_id.value > 0) return " id " + std::to_string(settings.group_id.value);
  return settings.group;
}

}  // namespace

Result<base::OwnerKey> owner_of(SetSettings const& settings) {
  return base::OwnerKey::make(settings.url, group_key(settings), settings.name);
}

std::string runner_name_prefix(std::string scale_set_name) {
  auto const is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  std::ranges::replace_if(scale_set_name, std::not_fn(is_plain), '-');
  return scale_set_name;
}

}  // namespace scaleset::daemon
