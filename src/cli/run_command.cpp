#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <memory>

#include "base/guard.hpp"
#include "base/log.hpp"
#include "cli/choice_flag.hpp"
#include "cli/cli.hpp"
#include "cli/connection.hpp"
#include "cli/list_flag.hpp"
#include "cli/name_or_id.hpp"
#include "cli/number_flag.hpp"
#include "cli/primitive.hpp"
#include "cli/program_log.hpp"
#include "cli/seconds_flag.hpp"
#include "cli/work_dir.hpp"
#include "daemon/daemon.hpp"
#include "daemon/run_config.hpp"

namespace scaleset::cli {
namespace {

struct RunArguments {
  daemon::RunConfig config;
  ConnectionArguments connection;
  NameOrId group{.name = "default"};
  AfterParsing after;
  std::chrono::milliseconds drain_timeout{0};  // 0: no limit
  std::string log_level = "info";
  std::string log_format = "text";
  std::string place_warning;  // of default_work_dir_warning()
};

void add_scaling_flags(CLI::App& command, RunArguments& arguments) {
  auto& config = arguments.config;
  add_number(command, "--min-runners", kRunnerCount, config.min_runners,
             "Idle runners to keep ready, besides the runners for assigned jobs [0]");
  add_number(command, "--max-runners", kRunnerCount, config.max_runners,
             "Most runners at any time, idle and busy together [10]");
  add_seconds(command, "--min-idle-age", config.minimum_idle_age,
              "Seconds that a runner which is no longer needed stays idle before it is removed");
  add_seconds(command, "--drain-timeout", arguments.drain_timeout,
              "Seconds that a drain waits for busy runners before it leaves them running; 0 waits "
              "without limit");
}

void add_backend_flags(CLI::App& command, RunArguments& arguments) {
  auto& config = arguments.config;
  command.add_option("--backend", config.backend,
                     "How runners are started; the only way so far is process [process]");
  command.add_option("--runner-dir", config.runner_dir,
                     "Folder with an unpacked actions/runner release, or with several, of which "
                     "each new runner uses the highest version");
  command.add_option(
      "--work-dir", config.work_dir,
      "Folder in which every runner gets a folder of its own [/var/lib/scaleset/runners; if you "
      "are not root: ~/.local/state/scaleset/runners]");
  add_list(command, "--pass-env", Case::matters, config.pass_environment,
           "Names of environment variables to pass on to runners, separated by commas, besides "
           "those that they always get: PATH, HOME, USER, LOGNAME, LANG, LC_ALL, TZ, TMPDIR, "
           "SSL_CERT_FILE and the proxy's");
}

void add_control_flags(CLI::App& command, RunArguments& arguments) {
  command
      .add_option("--socket", arguments.config.control_socket,
                  "Socket for `scaleset status` and other commands, which only its owner may open "
                  "[in $RUNTIME_DIRECTORY, else in --work-dir; the log names it]")
      ->type_name("FILE");
}

void add_log_flags(CLI::App& command, RunArguments& arguments) {
  add_choice(command, "--log-level", {"debug", "info", "warn", "error"}, arguments.log_level,
             "The least important lines to log: debug, info, warn or error [info]");
  add_choice(command, "--log-format", {"text", "json"}, arguments.log_format,
             "text or json, also for the error that ends the program [text]");
}

LogLevel log_level(std::string const& name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "warn") return LogLevel::warn;
  return name == "error" ? LogLevel::error : LogLevel::info;
}

/// The error that ends the run is written through the log, so that it comes last, and so that
/// nobody waits for it if the log is not read.
int run_logged(daemon::RunConfig config, std::shared_ptr<LogSink> const& log) {
  base::Logger const logger(log, "run");
  try {
    auto const ended = daemon::run(std::move(config), log);
    if (ended) return kExitSuccess;
    logger.error(ended.error().to_string());
    return exit_code(ended.error());
  } catch (...) {
    logger.error(base::error_of_exception(ErrorCode::io, "the program").message);
    return kExitFailure;
  }
}

std::vector<Error> check(RunArguments& arguments) {
  auto problems = finish(arguments.after);
  for (Error& error : check_connection(arguments.connection)) problems.push_back(std::move(error));
  auto& config = arguments.config;
  if (config.work_dir.empty()) {
    config.work_dir = default_work_dir(::getenv);
    arguments.place_warning = default_work_dir_warning(::getenv, ::geteuid());
  }
  config.url = arguments.connection.url;
  config.credentials = arguments.connection.credentials;
  config.secret_files = secret_files_of(arguments.connection);
  config.transport = transport_from(arguments.connection);
  if (arguments.drain_timeout.count() > 0) config.drain_timeout = arguments.drain_timeout;
  config.group = arguments.group.name;
  config.group_id = RunnerGroupId{arguments.group.id};
  for (Error& error : daemon::problems_of(config)) problems.push_back(std::move(error));
  return problems;
}

void warn_of_the_surroundings(RunArguments const& arguments, base::Logger const& log) {
  for (std::string const& warning :
       {exposed_secret(arguments.connection), arguments.place_warning,
        open_folder_warning(arguments.config.work_dir), root_warning(::geteuid())}) {
    if (!warning.empty()) log.warn(warning);
  }
}

/// Neither runners nor commands may take the service manager's messages for theirs.
daemon::NotifySettings take_notify_settings() {
  auto settings = daemon::notify_settings(::getenv, ::getpid());
  for (char const* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    ::unsetenv(name);
  return settings;
}

int run_autoscaler(RunArguments& arguments) {
  // Before there is another thread, which may read the environment.
  arguments.config.notify = take_notify_settings();
  auto const format =
      arguments.log_format == "json" ? base::LogFormat::json : base::LogFormat::text;
  auto const log = make_program_log(log_level(arguments.log_level), format);
  warn_of_the_surroundings(arguments, base::Logger(log, "run"));
  return run_logged(std::move(arguments.config), log);
}

void add_scale_set_flags(CLI::App& command, RunArguments& arguments) {
  command.add_option("--name", arguments.config.name,
                     "Name of the scale set; it is created if it does not exist");
  add_group(command, "--runner-group", "Runner group of the scale set [default]", arguments.group,
            arguments.after);
  add_list(
      command, "--labels", Case::is_ignored, arguments.config.labels,
      "Labels, separated by commas, that jobs name in `runs-on` [those that the scale set has; "
      "its name, if this creates it]. If you give any, the name is not a label unless it is one "
      "of them");
  command.add_flag(
      "--adopt", arguments.config.adopt,
      "If the scale set exists, but no `scaleset run` with this --work-dir created it: change it "
      "where it differs from the flags, instead of serving it as it is");
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<RunArguments>();
  auto* command =
      app.add_subcommand("run", "Run the autoscaler of one scale set until SIGINT or SIGTERM");
  add_scale_set_flags(*command, *arguments);
  add_connection_flags(*command, arguments->connection, arguments->after);
  add_scaling_flags(*command, *arguments);
  add_backend_flags(*command, *arguments);
  add_control_flags(*command, *arguments);
  add_log_flags(*command, *arguments);
  command->footer(
      "Example:\n  scaleset run --url https://github.com/my-org --name my-set --token-file "
      "token.txt --runner-dir ./actions-runner\n"
      "SIGTERM closes the session and leaves the runners running; the next start takes them over. "
      "SIGINT drains: it closes\nthe session, removes idle runners and waits for busy ones; a "
      "second "
      "signal leaves them running.\nWhere runners would end with the autoscaler (it is PID 1, or "
      "they are in the control group of a service),\nSIGTERM drains as well. SIGHUP reads secrets "
      "and certificates again.\n" +
      std::string(kVariableHelp) + kExitCodeHelp);
  when_chosen(*command, action,
              {"run", [arguments] { return check(*arguments); },
               [arguments] { return run_autoscaler(*arguments); }});
}

}  // namespace scaleset::cli
