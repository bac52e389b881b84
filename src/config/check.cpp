#include "config/check.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "base/url.hpp"
#include "config/check_parts.hpp"
#include "config/codec.hpp"
#include "config/spot.hpp"
#include "config/units.hpp"
#include "fleet/schedule.hpp"

namespace scaleset::config {
namespace {

template <class Tables>
std::vector<std::string> names_of(Tables const& tables) {
  std::vector<std::string> names;
  names.reserve(tables.size());
  for (auto const& [name, table] : tables) names.push_back(name);
  return names;
}

/// Names are parts of paths, such as "credential.main.token", so they must have no dots.
template <class Tables>
void check_names(std::string_view key, Tables const& tables, Spot const& spot) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  for (auto const& [name, table] : tables)
    if (name.empty() || name.find_first_not_of(kLetters) != std::string::npos)
      spot.report(name, "the " + std::string(key) + " " + in_quotes(name) +
                            " must have a name of letters, digits, hyphens and underscores");
}

/// Reports a name that none of the tables has. Not if there is none because of a heading that could
/// not be read, such as [credentials.main].
template <class Tables>
void check_name(std::string_view key, std::string const& name, Tables const& tables,
                Spot const& spot, Spot const& file) {
  if (tables.contains(name) || (tables.empty() && file.is_unread())) return;
  std::string const likely = did_you_mean(name, names_of(tables));
  spot.report(key, "there is no [" + std::string(key) + "." + name + "]" +
                       (likely.empty() ? "; add one" : likely));
}

template <class Table>
void check_use(std::string_view key, Use<Table> const& use,
               std::map<std::string, Table> const& tables, Spot const& spot, Spot const& file) {
  if (use.own) return;
  if (!use.name.empty()) return check_name(key, use.name, tables, spot, file);
  if (tables.empty() && file.is_unread()) return;
  if (tables.size() == 1) return;
  std::string const name(key);
  spot.report_together(
      key, tables.empty() ? "the scale set has no " + name + "; add a [" + name + ".NAME]"
                          : "the scale set must name its " + name + ", since there are several");
}

// Credentials.

int places_of(SecretSource const& source) {
  int given = source.file.empty() ? 0 : 1;
  for (std::string const* const text : {&source.command, &source.env, &source.systemd})
    given += text->empty() ? 0 : 1;
  return given;
}

void check_secret(std::string const& what, SecretSource const& source, Spot const& spot) {
  if (places_of(source) != 1)
    spot.report("", what + " must be in exactly one place: `file`, `command`, `env` or `systemd`");
}

/// One that is read on the way, where nobody can wait for a command.
void check_quick_secret(std::string const& what, SecretSource const& source, Spot const& spot) {
  check_secret(what, source, spot);
  if (!source.command.empty())
    spot.report("command", what + " cannot come from a command; use `file` or `systemd`");
}

void check_proxy(ProxyConfig const& proxy, Spot const& spot) {
  if (proxy.url.empty()) return;  // reported as missing
  auto const url = base::parse_url(proxy.url);
  if (!url)
    spot.report("url", "the proxy's URL cannot be used: " + url.error().message);
  else if (!url->userinfo.empty())
    spot.report("url",
                "the proxy's URL has a user or a password in it; give them as `username` and "
                "`password = { file = ... }`");
  bool const has_password = places_of(proxy.password) > 0;
  if (has_password) check_quick_secret("the proxy's password", proxy.password, spot.in("password"));
  if (has_password && proxy.username.empty())
    spot.report_together("password", "the proxy has a password and no `username`");
}

void check_credential(CredentialConfig const& credential, Spot const& spot) {
  if (credential.token.has_value() == credential.app.has_value())
    spot.report_together("app", "a credential needs either a `token` or an `app`");
  if (credential.token) check_secret("the token", *credential.token, spot.in("token"));
  if (credential.app)
    check_quick_secret("the App's private key", credential.app->private_key,
                       spot.in("app").in("private_key"));
  if (credential.proxy) check_proxy(*credential.proxy, spot.in("proxy"));
}

// Templates.

/// Runners that shared a folder, or got out of their own, would destroy each other's jobs.
void check_template(TemplateConfig const& what, Spot const& spot) {
  std::filesystem::path const folder = what.work_folder;
  bool const is_inside = folder.is_relative() && std::ranges::find(folder, "..") == folder.end();
  if (!is_inside)
    spot.report("work_folder",
                "`work_folder` lies in the folder of each runner; give a name without `..` and "
                "without a slash before it, such as \"_work\"");
}

// Scale sets.

struct Limits {
  std::int64_t min_idle;
  std::int64_t min_total;
  std::int64_t max_runners;
};

void check_limits(Limits const& limits, Spot const& spot) {
  std::string const most = " is greater than `max_runners` (" + std::to_string(limits.max_runners) +
                           "); lower the first or raise the second";
  if (limits.min_idle > limits.max_runners)
    spot.report_together("min_idle", "`min_idle` (" + std::to_string(limits.min_idle) + ")" + most);
  if (limits.min_total > limits.max_runners)
    spot.report_together("min_total",
                         "`min_total` (" + std::to_string(limits.min_total) + ")" + most);
}

void check_schedule(ScheduleConfig const& schedule, ScaleSetConfig const& set, Spot const& spot) {
  if (!schedule.cron.empty())
    if (auto const cron = fleet::Cron::parse(schedule.cron); !cron)
      spot.report("cron", cron.error().message);
  if (auto const zone = fleet::find_zone(schedule.zone); !zone)
    spot.report("zone", zone.error().message);
  if (!schedule.min_idle && !schedule.min_total && !schedule.max_runners)
    spot.report_together(
        "cron", "this schedule changes nothing; give `min_idle`, `min_total` or `max_runners`");
  check_limits(
      {schedule.min_idle.value_or(set.min_idle), schedule.min_total.value_or(set.min_total),
       schedule.max_runners.value_or(set.max_runners)},
      spot);
}

/// Whether a budget has no room for it. Sums of fractions such as 0.1 must fill a budget of 1, as
/// they do where runners are started (fleet/budget.cpp).
bool exceeds(double amount, double total) {
  constexpr double kRounding = 1e-9;
  return amount > total + kRounding * std::max(1.0, total);
}

void check_cost(ScaleSetConfig const& set, BudgetConfig const& budget, Spot const& spot) {
  double sum = 0;
  for (auto const& [resource, amount] : set.cost) {
    auto const there = budget.resources.find(resource);
    sum += amount;
    if (there == budget.resources.end())
      spot.in("cost").report_together(resource,
                                      "a runner uses " + in_quotes(resource) + ", and the budget " +
                                          in_quotes(set.budget) + " has none" +
                                          did_you_mean(resource, names_of(budget.resources)));
    else if (exceeds(amount, there->second))
      spot.report_together("cost", "a runner uses more " + in_quotes(resource) +
                                       " than the budget " + in_quotes(set.budget) +
                                       " has, so none would ever start");
  }
  if (sum == 0)
    spot.in("cost").report("", "a runner that uses nothing of the budget needs no budget");
}

void check_shares(ScaleSetConfig const& set, DaemonConfig const& config, Spot const& spot,
                  Spot const& file) {
  if (set.budget.empty()) {
    if (set.reserve > 0)
      spot.report_together("reserve", "`reserve` has no effect without a `budget`");
    return;
  }
  auto const budget = config.budgets.find(set.budget);
  if (budget == config.budgets.end())
    check_name("budget", set.budget, config.budgets, spot, file);
  else if (!file.in("budget").in(set.budget).is_unread())
    check_cost(set, budget->second, spot);
  if (set.reserve > set.max_runners)
    spot.report_together("reserve", "`reserve` (" + std::to_string(set.reserve) +
                                        ") is greater than `max_runners` (" +
                                        std::to_string(set.max_runners) + ")");
}

void check_set(ScaleSetConfig const& set, DaemonConfig const& config, Spot const& spot,
               Spot const& file) {
  check_use("credential", set.credential, config.credentials, spot, file);
  check_use("template", set.what, config.templates, spot, file);
  if (set.credential.own) check_credential(*set.credential.own, spot.in("credential"));
  if (set.what.own) check_template(*set.what.own, spot.in("template"));
  check_limits({set.min_idle, set.min_total, set.max_runners}, spot);
  for (std::size_t i = 0; i < set.schedule.size(); ++i)
    check_schedule(set.schedule[i], set, spot.in("schedule", i));
  check_shares(set, config, spot, file);
}

/// Two tables with one scale set would fight for its session.
void check_owners(DaemonConfig const& config, Spot const& file) {
  std::map<base::OwnerKey, std::size_t> seen;
  for (ServedSet const& set : served_sets(config)) {
    Spot const spot = file.in("scale_set", set.index);
    // Without a URL or a name it is reported as missing.
    if (config.scale_sets[set.index].url.empty() || set.owner.name.empty()) continue;
    auto const [first, is_new] = seen.emplace(set.owner, set.index);
    // A repository that is in the list twice is told there.
    if (!is_new && first->second != set.index)
      spot.report("name", "the scale set " + in_quotes(set.owner.name) + " of " + set.owner.url +
                              " is defined twice (capitals do not count); this is the second time");
  }
}

// Budgets.

/// What so many runners of each scale set use of the budget, and those of which some count.
struct Sum {
  Numbers amounts;
  std::vector<std::string> names;
};
template <class Count>
Sum sum_of(std::string const& budget, DaemonConfig const& config, Count count) {
  Sum sum;
  for (ServedSet const& served : served_sets(config)) {
    ScaleSetConfig const& set = config.scale_sets[served.index];
    std::int64_t const runners = count(set);
    if (set.budget != budget || runners == 0) continue;
    if (std::ranges::find(sum.names, set.name) == sum.names.end()) sum.names.push_back(set.name);
    for (auto const& [resource, amount] : set.cost)
      sum.amounts[resource] += amount * static_cast<double>(runners);
  }
  return sum;
}

std::string listed(std::vector<std::string> const& names) {
  std::string text;
  for (std::string const& name : names) text += (text.empty() ? "" : ", ") + in_quotes(name);
  return text;
}

/// A scale set without a reserve runs only in what the reserves of the others leave.
void check_room(std::string const& name, BudgetConfig const& budget, Sum const& reserved,
                DaemonConfig const& config, Spot const& file) {
  for (std::size_t i = 0; i < config.scale_sets.size(); ++i) {
    ScaleSetConfig const& set = config.scale_sets[i];
    if (set.budget != name || set.reserve > 0 || set.max_runners == 0) continue;
    for (auto const& [resource, total] : budget.resources) {
      auto const cost = set.cost.find(resource);
      auto const taken = reserved.amounts.find(resource);
      if (cost == set.cost.end() || taken == reserved.amounts.end()) continue;
      double const left = std::max(0.0, total - taken->second);
      // More than the whole budget is told by itself.
      if (exceeds(taken->second, total) || !exceeds(cost->second, left) ||
          exceeds(cost->second, total))
        continue;
      file.in("scale_set", i)
          .report("budget", "no runner of " + in_quotes(set.name) + " can ever start: it uses " +
                                amount_text(cost->second) + " of " + in_quotes(resource) +
                                ", and the reserves of " + listed(reserved.names) + " leave " +
                                amount_text(left) + " of the " + amount_text(total) +
                                " in the budget " + in_quotes(name) +
                                "; lower a reserve or raise the budget");
    }
  }
}

void check_budget(std::string const& name, BudgetConfig const& budget, DaemonConfig const& config,
                  Spot const& file) {
  Spot const spot = file.in("budget").in(name);
  if (spot.is_unread()) return;
  check_names("resource", budget.resources, spot);
  if (budget.resources.empty())
    spot.report("", "the budget " + in_quotes(name) + " has no resource; add `slots = 10`");
  Sum const reserved = sum_of(name, config, [](ScaleSetConfig const& set) { return set.reserve; });
  check_room(name, budget, reserved, config, file);
  for (auto const& [resource, amount] : reserved.amounts) {
    auto const there = budget.resources.find(resource);
    if (there != budget.resources.end() && exceeds(amount, there->second))
      spot.report(resource, "the reserves of the scale sets use " + amount_text(amount) + " of " +
                                in_quotes(resource) + ", more than the budget has (" +
                                amount_text(there->second) + ")");
  }
}

}  // namespace

std::vector<Problem> contradictions_of(Loaded const& loaded) {
  std::vector<Problem> problems;
  DaemonConfig const& config = loaded.config;
  Spot const file(&loaded.tree, problems, &loaded.unread);
  check_names("credential", config.credentials, file.in("credential"));
  check_names("template", config.templates, file.in("template"));
  check_names("budget", config.budgets, file.in("budget"));
  for (auto const& [name, credential] : config.credentials)
    check_credential(credential, file.in("credential").in(name));
  for (auto const& [name, what] : config.templates)
    check_template(what, file.in("template").in(name));
  for (auto const& [name, budget] : config.budgets) check_budget(name, budget, config, file);
  if (config.scale_sets.empty())
    file.report("", "no scale set is served; add a [[scale_set]] with its `url` and `name`");
  for (std::size_t i = 0; i < config.scale_sets.size(); ++i)
    check_set(config.scale_sets[i], config, file.in("scale_set", i), file);
  check_names_of_sets(config, file);
  check_owners(config, file);
  check_passed_variables(config, file);
  return problems;
}

std::vector<Problem> warnings_of(Loaded const& loaded) {
  std::vector<Problem> warnings;
  DaemonConfig const& config = loaded.config;
  Spot const file(&loaded.tree, warnings);
  for (auto const& [name, budget] : config.budgets) {
    Sum const standing = sum_of(name, config, [](ScaleSetConfig const& set) {
      return std::max(set.min_idle, set.min_total);
    });
    for (auto const& [resource, amount] : standing.amounts) {
      auto const total = budget.resources.find(resource);
      if (total == budget.resources.end() || !exceeds(amount, total->second)) continue;
      file.in("budget").in(name).report(
          resource, "the runners that " + listed(standing.names) +
                        " have without a job (`min_idle`, `min_total`) use " + amount_text(amount) +
                        " of " + in_quotes(resource) + ", more than the budget has (" +
                        amount_text(total->second) + "), so some of them are not started");
    }
  }
  warn_of_unused(config, file);
  std::ranges::stable_sort(warnings, {}, &Problem::at);
  return warnings;
}

}  // namespace scaleset::config
