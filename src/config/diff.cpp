#include "config/diff.hpp"

#include <map>
#include <utility>

#include "config/keys.hpp"

namespace scaleset::config {
namespace {

using Items = std::map<std::string, Item>;

void add_changes(std::string const& where, Items const& before, Items const& after,
                 std::vector<Change>& changes) {
  std::map<std::string, Effect> paths;
  for (auto const& [path, item] : before) paths.emplace(path, item.effect);
  for (auto const& [path, item] : after) paths.emplace(path, item.effect);
  auto const text_in = [](Items const& items, std::string const& path) {
    auto const found = items.find(path);
    return found == items.end() ? std::string() : found->second.text;
  };
  for (auto const& [path, effect] : paths) {
    std::string old_text = text_in(before, path);
    std::string new_text = text_in(after, path);
    if (old_text != new_text)
      changes.push_back(
          {where + path, std::move(old_text), std::move(new_text), std::string(to_string(effect))});
  }
}

Items by_path(std::vector<Item> const& items) {
  Items result;
  for (Item const& item : items) result.emplace(item.path, item);
  return result;
}

/// What does not belong to a scale set.
Items common_items(DaemonConfig config) {
  config.scale_sets.clear();
  std::vector<Item> items;
  list_table<DaemonConfig>(config, nullptr, "", items);
  return by_path(items);
}

std::map<base::OwnerKey, Items> items_of_sets(DaemonConfig const& config) {
  std::map<base::OwnerKey, Items> sets;
  for (ServedSet const& served : served_sets(config)) {
    ScaleSetConfig set = config.scale_sets[served.index];
    // These are in the owner key, in which two ways to write the same are alike.
    set.url = served.owner.url;
    set.group = served.owner.group;
    set.name = served.owner.name;
    set.repositories.clear();
    std::vector<Item> items;
    list_table<ScaleSetConfig>(set, nullptr, "", items);
    sets[served.owner] = by_path(items);
  }
  return sets;
}

std::string title(base::OwnerKey const& owner) {
  return "scale set " + owner.name + " of " + owner.url +
         (owner.group == "default" ? "" : " in group " + owner.group);
}

}  // namespace

std::string to_string(Change const& change) {
  if (change.before.empty() && change.after.empty()) return change.path + ": " + change.effect;
  std::string const before = change.before.empty() ? "not set" : change.before;
  std::string const after = change.after.empty() ? "not set" : change.after;
  return change.path + ": " + before + " -> " + after + " (" + change.effect + ")";
}

std::vector<Change> changes_between(Loaded const& before, Loaded const& after) {
  std::vector<Change> changes;
  add_changes("", common_items(before.config), common_items(after.config), changes);
  auto const old_sets = items_of_sets(before.config);
  auto const new_sets = items_of_sets(after.config);
  for (auto const& [owner, items] : new_sets) {
    auto const old = old_sets.find(owner);
    if (old == old_sets.end())
      changes.push_back({title(owner), "", "", "is new: it is found or created, and served"});
    else
      add_changes(title(owner) + ": ", old->second, items, changes);
  }
  for (auto const& [owner, items] : old_sets)
    if (!new_sets.contains(owner))
      changes.push_back({title(owner), "", "",
                         "is gone: SIGHUP and `scaleset reload` drain it, its runners finish their "
                         "jobs, and it stays at the service"});
  return changes;
}

}  // namespace scaleset::config
