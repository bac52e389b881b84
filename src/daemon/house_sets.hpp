#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/owner_key.hpp"
#include "daemon/set_settings.hpp"

namespace scaleset::daemon {

/// Scale sets by their owner keys.
using SetsByOwner = std::map<base::OwnerKey, SetSettings>;
/// The settings by their owners. What has no good URL is left out, and so is the second of two with
/// one owner: both are told in `problems`.
struct SortedSets {
  SortedSets() = default;
  SetsByOwner sets;
  std::vector<Error> problems;
};
[[nodiscard]] SortedSets by_owner(std::vector<SetSettings> sets);

/// What a new list of scale sets does to those that are served. Pure.
struct SetsDiff {
  SetsDiff() = default;
  std::vector<base::OwnerKey> added;
  std::vector<std::pair<base::OwnerKey, SetChange>> changed;
  std::vector<base::OwnerKey> gone;
};
/// `served` has null for a scale set whose settings are not to be compared.
[[nodiscard]] SetsDiff difference_of(std::map<base::OwnerKey, SetSettings const*> const& served,
                                     SetsByOwner const& wanted);

}  // namespace scaleset::daemon
