#include "daemon/house_sets.hpp"

namespace scaleset::daemon {

SortedSets by_owner(std::vector<SetSettings> sets) {
  SortedSets sorted;
  for (SetSettings& settings : sets) {
    auto owner = owner_of(settings);
    if (!owner) {
      sorted.problems.push_back(owner.error());
      continue;
    }
    std::string const what = "the scale set \"" + settings.name + "\" of " + settings.url;
    auto const [place, is_new] = sorted.sets.emplace(*std::move(owner), std::move(settings));
    if (!is_new)
      sorted.problems.emplace_back(ErrorCode::invalid_options,
                                   what + " is there twice; it is served once");
  }
  return sorted;
}

SetsDiff difference_of(std::map<base::OwnerKey, SetSettings const*> const& served,
                       SetsByOwner const& wanted) {
  SetsDiff diff;
  for (auto const& [owner, settings] : wanted) {
    auto const found = served.find(owner);
    if (found == served.end()) {
      diff.added.push_back(owner);
    } else if (found->second != nullptr) {
      auto const change = change_between(*found->second, settings);
      if (change.any()) diff.changed.emplace_back(owner, change);
    }
  }
  for (auto const& [owner, settings] : served)
    if (!wanted.contains(owner)) diff.gone.push_back(owner);
  return diff;
}

}  // namespace scaleset::daemon
