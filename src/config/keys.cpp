#include "config/keys.hpp"

#include "config/key_list.hpp"

/// Every key of the file: where its value is kept, its type and range, what a reload does with it,
/// and what it means. The default is what the structure has.
namespace scaleset::config {
namespace {

constexpr Range kTurns{1, 100};      // without any, a scale set would never hear of its jobs
constexpr Range kRunners{0, 10000};  // that a runner group can have (protocol.md 8)
constexpr Range kAboveZero{1};
constexpr double kSecond = 1000;

}  // namespace

template <>
std::vector<Key<SecretSource>> const& keys_of<SecretSource>() {
  static auto const keys =
      KeyList<SecretSource>(Effect::live)
          .value("file", &SecretSource::file, "A file that holds the secret alone.")
          .value("command", &SecretSource::command,
                 "A shell command that prints the secret. It may take a minute.")
          .value("env", &SecretSource::env,
                 "The name of an environment variable. Runners do not get it.")
          .value("systemd", &SecretSource::systemd,
                 "The name of a credential of the service (LoadCredential= of systemd).")
          .take();
  return keys;
}

template <>
std::vector<Key<AppConfig>> const& keys_of<AppConfig>() {
  static auto const keys =
      KeyList<AppConfig>(Effect::live)
          .required("client_id", &AppConfig::client_id, "The client id of the GitHub App.")
          .required("installation_id", &AppConfig::installation_id,
                    "The id of its installation on the organization or repository.", kAboveZero)
          .table<SecretSource>("private_key", &AppConfig::private_key,
                               "The App's private key, as PEM.")
          .take();
  return keys;
}

template <>
std::vector<Key<ProxyConfig>> const& keys_of<ProxyConfig>() {
  static auto const keys =
      KeyList<ProxyConfig>(Effect::live)
          .required("url", &ProxyConfig::url,
                    "Such as \"http://proxy.example.com:3128\", without a user and a password.")
          .value("username", &ProxyConfig::username, "The user, if the proxy asks for one.")
          .table<SecretSource>("password", &ProxyConfig::password, "The user's password.")
          .value("no_proxy", &ProxyConfig::no_proxy,
                 "Hosts that are reached without the proxy, separated by commas.")
          .take();
  return keys;
}

template <>
std::vector<Key<CredentialConfig>> const& keys_of<CredentialConfig>() {
  static auto const keys =
      KeyList<CredentialConfig>(Effect::live)
          .table<SecretSource>("token", &CredentialConfig::token,
                               "A personal access token. It is read again when it is refused, and "
                               "when the file changes.")
          .table<AppConfig>("app", &CredentialConfig::app, "A GitHub App, instead of a token.")
          .value("ca_file", &CredentialConfig::ca_file,
                 "Certificates to trust besides the system's, as PEM.")
          .table<ProxyConfig>("proxy", &CredentialConfig::proxy,
                              "The proxy. The default is that of the environment.")
          .value("start_rate", &CredentialConfig::start_rate,
                 "The most runners that are started per second with this credential, once "
                 "`start_burst` is used up. It is lowered for a while when the service refuses "
                 "calls because there are too many.",
                 {0.01})
          .value("start_burst", &CredentialConfig::start_burst,
                 "The most runners that are started at once with this credential.", kAboveZero)
          .value("strict_secrets", &CredentialConfig::strict_secrets,
                 "Whether a secret file that others may read is an error. Without it, it is a "
                 "warning.")
          .take();
  return keys;
}

template <>
std::vector<Key<TemplateConfig>> const& keys_of<TemplateConfig>() {
  static auto const keys =
      KeyList<TemplateConfig>(Effect::new_runners)
          .choice("backend", &TemplateConfig::backend, {{"process", std::string("process")}},
                  "How runners are started.")
          .value("runner_dir", &TemplateConfig::runner_dir,
                 "A folder with an unpacked actions/runner release, or with several, of which each "
                 "new runner uses the highest version that works.")
          .effect(Effect::restart)
          .value(
              "work_dir", &TemplateConfig::work_dir,
              "Where each runner gets a folder of its own, and where the locks of its scale sets "
              "are. The default is the folder `runners` in `state_dir`. Runners in another folder "
              "are not found again, so drain before you change it.")
          .effect(Effect::new_runners)
          .value("work_folder", &TemplateConfig::work_folder,
                 "The folder that a runner makes for its job, in its own.")
          .value("env", &TemplateConfig::env, "Environment variables for runners and their jobs.")
          .value("pass_env", &TemplateConfig::pass_env,
                 "Names of environment variables of the autoscaler that runners get as well.")
          .effect(Effect::live)
          .value(
              "prepare_deadline", &TemplateConfig::prepare_deadline,
              "How long the preparation of a start may take, such as the unpacking of a release. "
              "Then the start has failed.",
              {kSecond})
          .value("boot_deadline", &TemplateConfig::boot_deadline,
                 "How long a started runner may take to register. Then it is replaced.", {kSecond})
          .value("stop_grace", &TemplateConfig::stop_grace,
                 "How long a runner that is asked to end may take before it is ended by force.",
                 {kSecond})
          .take();
  return keys;
}

template <>
std::vector<Key<LogConfig>> const& keys_of<LogConfig>() {
  static auto const keys =
      KeyList<LogConfig>(Effect::live)
          .choice("level", &LogConfig::level,
                  {{"debug", LogLevel::debug},
                   {"info", LogLevel::info},
                   {"warn", LogLevel::warn},
                   {"error", LogLevel::error}},
                  "The least important lines to log.")
          .choice("format", &LogConfig::format,
                  {{"text", base::LogFormat::text}, {"json", base::LogFormat::json}},
                  "How lines are written to standard error.")
          .take();
  return keys;
}

template <>
std::vector<Key<HttpConfig>> const& keys_of<HttpConfig>() {
  static auto const keys =
      KeyList<HttpConfig>(Effect::live)
          .value("poll_deadline", &HttpConfig::poll_deadline,
                 "How long a poll for messages may take. The service usually holds it for 50 s.",
                 {kSecond})
          .value("call_deadline", &HttpConfig::call_deadline,
                 "How long one attempt of any other call may take.", {kSecond})
          .value("retry_budget", &HttpConfig::retry_budget,
                 "How long a call may take with all its attempts.", {kSecond})
          .take();
  return keys;
}

template <>
std::vector<Key<BudgetConfig>> const& keys_of<BudgetConfig>() {
  static auto const keys =
      KeyList<BudgetConfig>(Effect::live)
          .value("overcommit", &BudgetConfig::overcommit,
                 "How many idle scale sets may offer a runner for each free slot.", kTurns)
          .numbers("NAME", &BudgetConfig::resources,
                   "How much there is of a resource: `slots`, `cpu`, `memory`, `gpu` or any other "
                   "name. A scale set uses of it what its `cost` says for each runner.")
          .take();
  return keys;
}

template <>
std::vector<Key<ScheduleConfig>> const& keys_of<ScheduleConfig>() {
  static auto const keys =
      KeyList<ScheduleConfig>(Effect::live)
          .required("cron", &ScheduleConfig::cron,
                    "When it begins, such as \"0 8 * * mon-fri\": minute, hour, day of the month, "
                    "month and day of the week.")
          .required("for", &ScheduleConfig::length, "How long it lasts.", {60 * kSecond})
          .value("zone", &ScheduleConfig::zone,
                 "The time zone of `cron`, such as \"Europe/Berlin\".")
          .value("min_idle", &ScheduleConfig::min_idle, "Replaces the scale set's.", kRunners)
          .value("min_total", &ScheduleConfig::min_total, "Replaces the scale set's.", kRunners)
          .value("max_runners", &ScheduleConfig::max_runners, "Replaces the scale set's.", kRunners)
          .take();
  return keys;
}

namespace {

void add_identity(KeyList<ScaleSetConfig>& keys) {
  keys.required("url", &ScaleSetConfig::url,
                "The organization, repository or enterprise, such as "
                "\"https://github.com/my-org\".")
      .value("group", &ScaleSetConfig::group, "The runner group.")
      .required("name", &ScaleSetConfig::name,
                "The name of the scale set. It is created if it does not exist.")
      .value("repositories", &ScaleSetConfig::repositories,
             "Names of repositories of `url`, each of which gets a scale set like this one.");
}

void add_limits(KeyList<ScaleSetConfig>& keys) {
  keys.value("min_idle", &ScaleSetConfig::min_idle,
             "Idle runners to keep ready besides the runners for assigned jobs.", kRunners)
      .value("idle_factor", &ScaleSetConfig::idle_factor,
             "The same as a share of the busy runners; the larger of the two numbers counts.",
             {0, 100})
      .value("min_total", &ScaleSetConfig::min_total, "The least runners, with or without jobs.",
             kRunners)
      .value("max_runners", &ScaleSetConfig::max_runners,
             "The most runners, idle and busy together.", kRunners)
      .value("min_idle_age", &ScaleSetConfig::min_idle_age,
             "How long a runner that is no longer needed stays idle before it is removed.")
      .value("max_idle", &ScaleSetConfig::max_idle,
             "How long any runner stays idle before it is removed, and replaced if it is needed.",
             {60 * kSecond})
      .value("max_job", &ScaleSetConfig::max_job,
             "How long a job may run before its runner is stopped.", {60 * kSecond})
      .value("max_age", &ScaleSetConfig::max_age,
             "How old a runner may become before it is stopped.", {60 * kSecond});
}

void add_shares(KeyList<ScaleSetConfig>& keys) {
  keys.value("budget", &ScaleSetConfig::budget, "The budget that its runners are taken from.")
      .value("cost", &ScaleSetConfig::cost, "What each runner uses of the budget.")
      .value("reserve", &ScaleSetConfig::reserve,
             "For how many runners the budget always has room.", kRunners)
      .value("weight", &ScaleSetConfig::weight,
             "The share of what is free in the budget, compared with other scale sets that need "
             "runners.",
             {0.001})
      .table_list<ScheduleConfig>("schedule", &ScaleSetConfig::schedule,
                                  "Limits for certain times. If several are in force, the last one "
                                  "counts alone.",
                                  "scale_set.schedule");
}

}  // namespace

template <>
std::vector<Key<ScaleSetConfig>> const& keys_of<ScaleSetConfig>() {
  static auto const keys = [] {
    KeyList<ScaleSetConfig> list(Effect::other_set);
    add_identity(list);
    list.effect(Effect::live)
        .name_or_table<CredentialConfig>("credential", &ScaleSetConfig::credential,
                                         "The credential: its name, or a table. It may be left out "
                                         "if there is only one [credential.NAME].")
        .effect(Effect::new_runners)
        .name_or_table<TemplateConfig>("template", &ScaleSetConfig::what,
                                       "What a runner is: the name of a template, or a table. It "
                                       "may be left out if there is only one [template.NAME].")
        .effect(Effect::patch)
        .value("labels", &ScaleSetConfig::labels,
               "The labels. Those of a scale set that exists are left alone without this key; one "
               "that is created gets its name as its label.")
        .effect(Effect::live)
        .value("adopt", &ScaleSetConfig::adopt,
               "Whether a scale set that exists, that this daemon did not create and that differs "
               "is changed.");
    add_limits(list);
    add_shares(list);
    return list.take();
  }();
  return keys;
}

template <>
std::vector<Key<DaemonConfig>> const& keys_of<DaemonConfig>() {
  static auto const keys =
      KeyList<DaemonConfig>(Effect::restart)
          .value(
              "state_dir", &DaemonConfig::state_dir,
              "Where the journal, the locks and the control socket are. The default is "
              "$STATE_DIRECTORY, else $XDG_STATE_HOME/scaleset, else ~/.local/state/scaleset, or "
              "/var/lib/scaleset if the user is root.")
          .effect(Effect::live)
          .choice("on_stop", &DaemonConfig::on_stop,
                  {{"detach", OnStop::detach}, {"drain", OnStop::drain}},
                  "What SIGTERM does: leave the runners running for the next start, or wait for "
                  "the jobs that run.")
          .value("drain_timeout", &DaemonConfig::drain_timeout,
                 "A drain that lasts longer leaves the remaining runners running.", {kSecond})
          .table<LogConfig>("log", &DaemonConfig::log, "The log.")
          .named_tables<CredentialConfig>("credential", &DaemonConfig::credentials,
                                          "How scale sets authenticate at the service.")
          .named_tables<TemplateConfig>("template", &DaemonConfig::templates,
                                        "What a runner is made of.")
          .table<HttpConfig>("http", &DaemonConfig::http, "How the service is called.")
          .named_tables<BudgetConfig>("budget", &DaemonConfig::budgets,
                                      "What several scale sets share.")
          .table_list<ScaleSetConfig>("scale_set", &DaemonConfig::scale_sets,
                                      "A scale set that is served.", "scale_set")
          .take();
  return keys;
}

}  // namespace scaleset::config
