#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/check_parts.hpp"
#include "config/key.hpp"

namespace scaleset::config {
namespace {

/// The names of tables that scale sets use. A set that names none uses the only one.
template <class Table, class Use>
std::set<std::string> used_names(std::map<std::string, Table> const& tables,
                                 std::vector<ScaleSetConfig> const& sets, Use use) {
  std::set<std::string> names;
  for (ScaleSetConfig const& set : sets) {
    auto const& one = use(set);
    if (one.own) continue;
    if (!one.name.empty())
      names.insert(one.name);
    else if (tables.size() == 1)
      names.insert(tables.begin()->first);
  }
  return names;
}

template <class Table>
void warn_of_tables(std::string const& key, std::map<std::string, Table> const& tables,
                    std::set<std::string> const& used, Spot const& file) {
  for (auto const& [name, table] : tables)
    if (!used.contains(name))
      file.in(key).in(name).report("", "no scale set uses the " + key + " " + in_quotes(name) +
                                           "; say `" + key + " = " + in_quotes(name) +
                                           "` in a [[scale_set]], or remove it");
}

/// A word that is misspelt in a budget is a resource of its own.
void warn_of_resources(std::string const& name, BudgetConfig const& budget,
                       std::vector<ScaleSetConfig> const& sets, Spot const& spot) {
  std::set<std::string> used;
  for (ScaleSetConfig const& set : sets)
    if (set.budget == name)
      for (auto const& [resource, amount] : set.cost) used.insert(resource);
  std::vector<std::string> likely(used.begin(), used.end());
  likely.insert(likely.end(), {"overcommit", "slots", "cpu", "memory", "gpu"});
  for (auto const& [resource, amount] : budget.resources) {
    if (used.contains(resource)) continue;
    std::erase(likely, resource);
    spot.report(resource, "the budget has " + in_quotes(resource) +
                              ", and no `cost` of a scale set uses it" +
                              did_you_mean(resource, likely));
  }
}

void warn_of_keys(ScaleSetConfig const& set, Spot const& spot) {
  if (!set.budget.empty()) return;
  for (std::string_view const key : {"cost", "weight"})
    if (spot.has(key))
      spot.report(key, "`" + std::string(key) + "` has no effect without a `budget`");
}

}  // namespace

void warn_of_unused(DaemonConfig const& config, Spot const& file) {
  auto const& sets = config.scale_sets;
  auto const credential = [](ScaleSetConfig const& set) -> auto const& { return set.credential; };
  auto const what = [](ScaleSetConfig const& set) -> auto const& { return set.what; };
  warn_of_tables("credential", config.credentials, used_names(config.credentials, sets, credential),
                 file);
  warn_of_tables("template", config.templates, used_names(config.templates, sets, what), file);
  std::set<std::string> budgets;
  for (ScaleSetConfig const& set : sets) budgets.insert(set.budget);
  warn_of_tables("budget", config.budgets, budgets, file);
  for (auto const& [name, budget] : config.budgets)
    if (budgets.contains(name)) warn_of_resources(name, budget, sets, file.in("budget").in(name));
  for (std::size_t i = 0; i < sets.size(); ++i) warn_of_keys(sets[i], file.in("scale_set", i));
}

}  // namespace scaleset::config
