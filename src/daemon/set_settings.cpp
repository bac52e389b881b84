#include "daemon/set_settings.hpp"

#include <algorithm>

namespace scaleset::daemon {

Result<base::OwnerKey> owner_of(SetSettings const& settings) {
  // No group's name begins with a space.
  std::string const group = settings.group_id.value > 0
                                ? " id " + std::to_string(settings.group_id.value)
                                : settings.group;
  return base::OwnerKey::make(settings.url, group, settings.name);
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
