#include "daemon/file_config.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "config/keys.hpp"
#include "config/load.hpp"

namespace scaleset::daemon {
namespace {

std::filesystem::path file_of(config::SecretSource const& source, Surroundings const& around) {
  if (source.systemd.empty()) return source.file;
  char const* const folder = around.environment("CREDENTIALS_DIRECTORY");
  return std::filesystem::path(folder == nullptr ? "" : folder) / source.systemd;
}

/// Not of a command.
SecretReader reader_of(config::SecretSource const& source, Surroundings const& around) {
  if (!source.env.empty()) return secret_from_environment(source.env);
  return secret_file(file_of(source, around).string());
}

Credentials credentials_of(config::CredentialConfig const& credential, Surroundings const& around) {
  if (credential.app) {
    GitHubApp app;
    app.client_id = credential.app->client_id;
    app.installation_id = credential.app->installation_id;
    app.private_key_pem = reader_of(credential.app->private_key, around);
    return app;
  }
  config::SecretSource const source = credential.token.value_or(config::SecretSource());
  if (!source.command.empty()) return around.token_command(source.command);
  return PersonalAccessToken{reader_of(source, around)};
}

/// What a client is made of. How many runners are started with it is no part of that.
std::string identity_of(config::CredentialConfig credential, config::HttpConfig const& http) {
  config::CredentialConfig const usual;
  credential.start_rate = usual.start_rate;
  credential.start_burst = usual.start_burst;
  credential.strict_secrets = usual.strict_secrets;
  std::vector<config::Item> items;
  config::list_table<config::CredentialConfig>(credential, nullptr, "credential", items);
  config::list_table<config::HttpConfig>(http, nullptr, "http", items);
  std::string text;
  for (config::Item const& item : items) text += item.path + " = " + item.text + "\n";
  return text;
}

std::vector<std::filesystem::path> files_of(config::CredentialConfig const& credential,
                                            Surroundings const& around) {
  std::vector<std::filesystem::path> files;
  auto const add = [&](config::SecretSource const& source) {
    auto file = file_of(source, around);
    if (!file.empty()) files.push_back(std::move(file));
  };
  if (credential.token) add(*credential.token);
  if (credential.app) add(credential.app->private_key);
  if (credential.proxy) add(credential.proxy->password);
  if (!credential.ca_file.empty()) files.push_back(credential.ca_file);
  return files;
}

std::shared_ptr<Access const> access_of(config::CredentialConfig const& credential,
                                        config::HttpConfig const& http,
                                        Surroundings const& around) {
  Access access;
  access.credentials = credentials_of(credential, around);
  if (around.secrets) access.credentials = around.secrets->keep(std::move(access.credentials));
  access.transport.ca_bundle_file = credential.ca_file.string();
  access.transport.poll_timeout = http.poll_deadline;
  access.transport.request_timeout = http.call_deadline;
  access.retry_budget = http.retry_budget;
  if (credential.proxy) {
    access.transport.proxy = credential.proxy->url;
    access.transport.no_proxy = credential.proxy->no_proxy;
    access.proxy_user = credential.proxy->username;
    auto const& password = credential.proxy->password;
    bool const has_password = !password.env.empty() || !file_of(password, around).empty();
    if (has_password) access.proxy_password = reader_of(password, around);
    if (has_password && around.secrets)
      access.proxy_password = around.secrets->keep_text(std::move(access.proxy_password));
  }
  access.starts.rate = credential.start_rate;
  access.starts.burst = static_cast<int>(std::min<std::int64_t>(credential.start_burst, 1'000'000));
  access.files = files_of(credential, around);
  access.identity = identity_of(credential, http);
  return std::make_shared<Access const>(std::move(access));
}

std::shared_ptr<backends::Template const> runners_of(config::TemplateConfig const& what) {
  backends::Template made;
  made.source = what.runner_dir.string();
  made.environment = what.env;
  made.pass_environment = what.pass_env;
  return std::make_shared<backends::Template const>(std::move(made));
}

std::optional<int> as_int(std::optional<std::int64_t> number) {
  if (!number) return std::nullopt;
  return static_cast<int>(*number);
}

fleet::Options options_of(config::ScaleSetConfig const& set, config::TemplateConfig const& what) {
  fleet::Options options;
  options.min_idle = static_cast<int>(set.min_idle);
  options.idle_factor = set.idle_factor;
  options.min_total = static_cast<int>(set.min_total);
  options.max_runners = static_cast<int>(set.max_runners);
  options.minimum_idle_age = set.min_idle_age;
  options.max_idle = set.max_idle;
  options.max_job = set.max_job;
  options.max_age = set.max_age;
  options.prepare_deadline = what.prepare_deadline;
  options.boot_deadline = what.boot_deadline;
  options.stop_grace = what.stop_grace;
  return options;
}

fleet::Schedule schedule_of(std::vector<config::ScheduleConfig> const& schedules) {
  std::vector<fleet::Window> windows;
  windows.reserve(schedules.size());
  for (config::ScheduleConfig const& schedule : schedules) {
    auto cron = fleet::Cron::parse(schedule.cron);
    auto const zone = fleet::find_zone(schedule.zone);
    if (!cron || !zone) continue;  // the check has told
    fleet::ScheduledLimits limits;
    limits.min_idle = as_int(schedule.min_idle);
    limits.min_total = as_int(schedule.min_total);
    limits.max_runners = as_int(schedule.max_runners);
    windows.push_back({*std::move(cron), schedule.length, *zone, limits});
  }
  return fleet::Schedule(std::move(windows));
}

/// Makes scale sets of tables, and what several of them use once.
class Maker {
 public:
  Maker(config::DaemonConfig const& config, Surroundings const& around, HouseConfig const& house)
      : config_(config), around_(around), house_(house) {}

  std::optional<SetSettings> set_of(config::ServedSet const& served) {
    config::ScaleSetConfig const& table = config_.scale_sets[served.index];
    auto const* const credential = config::credential_of(config_, table);
    auto const* const what = config::template_of(config_, table);
    if (credential == nullptr || what == nullptr) return std::nullopt;
    SetSettings set;
    set.url = served.url;
    set.name = table.name;
    set.group = table.group;
    set.labels = table.labels.value_or(std::vector<std::string>());
    set.adopt = table.adopt;
    set.fleet = options_of(table, *what);
    set.schedule = schedule_of(table.schedule);
    set.budget.name = table.budget;
    set.budget.cost = table.cost;
    set.budget.weight = table.weight;
    set.budget.reserve = static_cast<int>(table.reserve);
    set.access =
        once(accesses_, credential, [&] { return access_of(*credential, config_.http, around_); });
    set.what = once(templates_, what, [&] { return runners_of(*what); });
    set.work_folder = what->work_folder;
    set.work_dir = what->work_dir.empty() ? house_.state_dir / "runners" : what->work_dir;
    return set;
  }

 private:
  template <class Key, class Value, class Make>
  static Value once(std::map<Key, Value>& made, Key key, Make make) {
    auto const found = made.find(key);
    if (found != made.end()) return found->second;
    return made.emplace(key, make()).first->second;
  }

  config::DaemonConfig const& config_;
  Surroundings const& around_;
  HouseConfig const& house_;
  std::map<config::CredentialConfig const*, std::shared_ptr<Access const>> accesses_;
  std::map<config::TemplateConfig const*, std::shared_ptr<backends::Template const>> templates_;
};

}  // namespace

HouseConfig house_config_of(config::DaemonConfig const& config, Surroundings const& around) {
  HouseConfig house;
  house.state_dir = config.state_dir.empty() ? around.state_dir : config.state_dir;
  house.on_stop = config.on_stop == config::OnStop::drain ? OnStop::drain : OnStop::detach;
  house.drain_timeout = config.drain_timeout;
  house.log_level = config.log.level;
  house.log_format = config.log.format;
  for (auto const& [name, budget] : config.budgets)
    house.budgets[name] = {budget.resources, static_cast<int>(budget.overcommit)};
  Maker maker(config, around, house);
  for (config::ServedSet const& served : config::served_sets(config)) {
    auto set = maker.set_of(served);
    if (set) house.sets.push_back(*std::move(set));
  }
  return house;
}

}  // namespace scaleset::daemon
