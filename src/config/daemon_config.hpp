#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log_format.hpp"
#include "scaleset/hooks.hpp"

/// What the configuration file says. The meaning of each value, its default and what a reload does
/// with it stand in keys.cpp.
namespace scaleset::config {

using Duration = std::chrono::milliseconds;
using Numbers = std::map<std::string, double>;  // of resources: "slots", "memory"

enum class OnStop : std::uint8_t { detach, drain };

struct LogConfig {
  LogLevel level = LogLevel::info;
  base::LogFormat format = base::LogFormat::text;
};

/// Where a secret is. Exactly one is not empty.
struct SecretSource {
  std::filesystem::path file;
  std::string command;
  std::string env;
  std::string systemd;
};

struct AppConfig {
  std::string client_id;
  std::int64_t installation_id = 0;
  SecretSource private_key;
};

struct ProxyConfig {
  std::string url;
  std::string username;
  SecretSource password;
  std::string no_proxy;
};

struct CredentialConfig {
  std::optional<SecretSource> token;
  std::optional<AppConfig> app;
  std::filesystem::path ca_file;
  std::optional<ProxyConfig> proxy;
  double start_rate = 50;
  std::int64_t start_burst = 1000;
  bool strict_secrets = false;
};

struct TemplateConfig {
  std::string backend = "process";
  std::filesystem::path runner_dir;
  std::filesystem::path work_dir;
  std::string work_folder = "_work";
  std::map<std::string, std::string> env;
  std::vector<std::string> pass_env;
  Duration prepare_deadline = std::chrono::minutes(15);
  Duration boot_deadline = std::chrono::minutes(5);
  Duration stop_grace = std::chrono::seconds(90);
};

struct HttpConfig {
  Duration poll_deadline = std::chrono::seconds(150);
  Duration call_deadline = std::chrono::seconds(30);
  Duration retry_budget = std::chrono::seconds(30);
};

struct BudgetConfig {
  Numbers resources;
  std::int64_t overcommit = 4;
};

struct ScheduleConfig {
  std::string cron;
  Duration length{0};
  std::string zone = "UTC";
  std::optional<std::int64_t> min_idle;
  std::optional<std::int64_t> min_total;
  std::optional<std::int64_t> max_runners;
};

/// A table of its own, or the name of one that several scale sets use.
template <class Table>
struct Use {
  std::string name;
  std::optional<Table> own;
};

struct ScaleSetConfig {
  std::string url;
  std::string group = "default";
  std::string name;
  std::vector<std::string> repositories;
  Use<CredentialConfig> credential;
  Use<TemplateConfig> what;
  std::optional<std::vector<std::string>> labels;
  bool adopt = false;
  std::int64_t min_idle = 0;
  double idle_factor = 0;
  std::int64_t min_total = 0;
  std::int64_t max_runners = 10;
  Duration min_idle_age = std::chrono::seconds(60);
  Duration max_idle = std::chrono::minutes(30);
  std::optional<Duration> max_job;
  std::optional<Duration> max_age;
  std::string budget;
  Numbers cost{{"slots", 1}};
  std::int64_t reserve = 0;
  double weight = 1;
  std::vector<ScheduleConfig> schedule;
};

struct DaemonConfig {
  std::filesystem::path state_dir;
  OnStop on_stop = OnStop::detach;
  std::optional<Duration> drain_timeout;
  LogConfig log;
  std::map<std::string, CredentialConfig> credentials;
  std::map<std::string, TemplateConfig> templates;
  HttpConfig http;
  std::map<std::string, BudgetConfig> budgets;
  std::vector<ScaleSetConfig> scale_sets;
};

}  // namespace scaleset::config
