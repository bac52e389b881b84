#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <memory>

#include "base/guard.hpp"
#include "base/log.hpp"
#include "cli/cli.hpp"
#include "cli/complain.hpp"
#include "cli/connection.hpp"
#include "cli/list_flag.hpp"
#include "cli/name_or_id.hpp"
#include "cli/number_flag.hpp"
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
                     "Folder with an unpacked actions/runner release");
  command.add_option(
      "--work-dir", config.work_dir,
      "Folder in which every runner gets a folder of its own [/var/lib/scaleset/runners; if you "
      "are not root: ~/.local/state/scaleset/runners]");
  add_list(command, "--pass-env", Case::matters, config.pass_environment,
           "Names of environment variables to pass on to runners, separated by commas");
}

void add_log_flags(CLI::App& command, RunArguments& arguments) {
  command
      .add_option("--log-level", arguments.log_level,
                  "The least important lines to log: debug, info, warn or error [info]")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  command
      .add_option("--log-format", arguments.log_format,
                  "text or json, also for the error that ends the program [text]")
      ->check(CLI::IsMember({"text", "json"}));
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
    return ended.error().code == ErrorCode::invalid_options ? kExitUsage : kExitFailure;
  } catch (...) {
    logger.error(base::error_of_exception(ErrorCode::io, "the program").message);
    return kExitFailure;
  }
}

int run_autoscaler(RunArguments& arguments) {
  auto& config = arguments.config;
  if (config.work_dir.empty()) config.work_dir = default_work_dir(::getenv);
  auto const format =
      arguments.log_format == "json" ? base::LogFormat::json : base::LogFormat::text;
  auto credentials = credentials_from(arguments.connection);
  if (!credentials) {
    complain("run", credentials.error().message, format);
    return kExitUsage;
  }
  config.url = arguments.connection.url;
  config.credentials = *std::move(credentials);
  config.secret_files = secret_files_of(arguments.connection);
  config.transport = transport_from(arguments.connection);
  if (arguments.drain_timeout.count() > 0) config.drain_timeout = arguments.drain_timeout;
  config.group = arguments.group.name;
  config.group_id = RunnerGroupId{arguments.group.id};
  // Before the log is set up, so that mistakes in the arguments look as for every command.
  auto const problems = daemon::problems_of(config);
  for (Error const& problem : problems) complain("run", problem.message, format);
  if (!problems.empty()) return kExitUsage;
  auto const log = make_program_log(log_level(arguments.log_level), format);
  if (std::string const warning = exposed_secret(arguments.connection); !warning.empty())
    base::Logger(log, "run").warn(warning);
  return run_logged(std::move(config), log);
}

void add_scale_set_flags(CLI::App& command, RunArguments& arguments) {
  command.add_option("--name", arguments.config.name,
                     "Name of the scale set; it is created if it does not exist");
  add_group(command, "--runner-group", "Runner group of the scale set [default]", arguments.group,
            arguments.after);
  add_list(command, "--labels", Case::is_ignored, arguments.config.labels,
           "Labels, separated by commas [those that the scale set has; its name, if this creates "
           "it]. If you give any, the name is not a label unless it is one of them");
  command.add_flag(
      "--adopt", arguments.config.adopt,
      "Change a scale set that exists, was not created here and differs from the flags");
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<RunArguments>();
  auto* command =
      app.add_subcommand("run", "Run the autoscaler of one scale set until SIGINT or SIGTERM");
  add_scale_set_flags(*command, *arguments);
  add_connection_flags(*command, arguments->connection);
  add_scaling_flags(*command, *arguments);
  add_backend_flags(*command, *arguments);
  add_log_flags(*command, *arguments);
  command->footer(
      "Example:\n  scaleset run --url https://github.com/my-org --name my-set --token-file "
      "token.txt --runner-dir ./actions-runner\n"
      "Every flag can also be set as SCALESET_FLAG_NAME in the environment.\n"
      "SIGTERM closes the session and leaves the runners running; the next start takes them over. "
      "SIGINT drains: it closes\nthe session, removes idle runners and waits for busy ones; a "
      "second "
      "signal leaves them running.\nWhere runners would end with the autoscaler (it is PID 1, or "
      "they are in the control group of a service),\nSIGTERM drains as well.");
  command->callback([arguments, &action] {
    for (auto const& finish : arguments->after) finish();
    action = [arguments] { return run_autoscaler(*arguments); };
  });
}

}  // namespace scaleset::cli
