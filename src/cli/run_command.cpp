#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

#include "base/log.hpp"
#include "base/log_writer.hpp"
#include "cli/cli.hpp"
#include "cli/connection.hpp"
#include "cli/seconds_flag.hpp"
#include "daemon/daemon.hpp"
#include "daemon/run_config.hpp"

namespace scaleset::cli {
namespace {

struct RunArguments {
  daemon::RunConfig config;
  ConnectionArguments connection;
  std::string log_level = "info";
  std::string log_format = "text";
};

std::string default_work_dir() {
  // systemd's StateDirectory=, then the usual places for root and for users.
  if (char const* state = std::getenv("STATE_DIRECTORY"); state != nullptr)
    return std::string(state) + "/runners";
  if (char const* state = std::getenv("XDG_STATE_HOME"); state != nullptr)
    return std::string(state) + "/scaleset/runners";
  if (char const* home = std::getenv("HOME"); home != nullptr && std::string(home) != "/root") {
    return std::string(home) + "/.local/state/scaleset/runners";
  }
  return "/var/lib/scaleset/runners";
}

void add_scaling_flags(CLI::App& command, RunArguments& arguments) {
  auto& config = arguments.config;
  command
      .add_option("--min-runners", config.min_runners,
                  "Idle runners to keep ready besides those for assigned jobs [0]")
      ->envname("SCALESET_MIN_RUNNERS");
  command.add_option("--max-runners", config.max_runners, "Most runners at any time [10]")
      ->envname("SCALESET_MAX_RUNNERS");
  add_seconds(command, "--min-idle-age", config.minimum_idle_age,
              "Seconds that a spare runner is kept before it is removed")
      ->envname("SCALESET_MIN_IDLE_AGE");
}

void add_backend_flags(CLI::App& command, RunArguments& arguments) {
  auto& config = arguments.config;
  command
      .add_option("--backend", config.backend,
                  "How runners are started; so far only process [process]")
      ->envname("SCALESET_BACKEND");
  command
      .add_option("--runner-dir", config.runner_dir,
                  "Folder with an unpacked actions/runner release")
      ->envname("SCALESET_RUNNER_DIR");
  command
      .add_option("--work-dir", config.work_dir,
                  "Folder below which every runner gets its own folder [/var/lib/scaleset/runners; "
                  "if not root: ~/.local/state/scaleset/runners]")
      ->envname("SCALESET_WORK_DIR");
  command
      .add_option("--pass-env", config.pass_environment,
                  "Environment variables to pass on to runners: names, separated by commas")
      ->delimiter(',')
      ->envname("SCALESET_PASS_ENV");
}

void add_log_flags(CLI::App& command, RunArguments& arguments) {
  command.add_option("--log-level", arguments.log_level, "debug, info, warn or error [info]")
      ->envname("SCALESET_LOG_LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  command.add_option("--log-format", arguments.log_format, "text or json [text]")
      ->envname("SCALESET_LOG_FORMAT")
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
  } catch (std::exception const& error) {
    logger.error(std::string("internal error: ") + error.what());
    return kExitFailure;
  }
}

int run_autoscaler(RunArguments& arguments) {
  auto& config = arguments.config;
  if (config.work_dir.empty()) config.work_dir = default_work_dir();
  auto refuse = [](Error const& error) {
    std::fprintf(stderr, "scaleset run: %s\n", error.message.c_str());
    return kExitUsage;
  };
  auto credentials = credentials_from(arguments.connection);
  if (!credentials) return refuse(credentials.error());
  config.url = arguments.connection.url;
  config.credentials = *std::move(credentials);
  config.transport = transport_from(arguments.connection);
  // Before the log is set up, so that mistakes in the arguments are plain text, as for every
  // command.
  if (auto valid = daemon::validate(config); !valid) return refuse(valid.error());
  auto const format =
      arguments.log_format == "json" ? base::LogFormat::json : base::LogFormat::text;
  return run_logged(std::move(config),
                    std::make_shared<base::LogWriter>(log_level(arguments.log_level), format));
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<RunArguments>();
  auto* command =
      app.add_subcommand("run", "Run the autoscaler of one scale set until SIGINT or SIGTERM");
  command
      ->add_option("--name", arguments->config.name,
                   "Name of the scale set; created if it does not exist")
      ->envname("SCALESET_NAME");
  command->add_option("--runner-group", arguments->config.group, "Runner group [default]")
      ->envname("SCALESET_RUNNER_GROUP");
  command
      ->add_option("--labels", arguments->config.labels,
                   "Labels, separated by commas, if the scale set is created [its name]")
      ->delimiter(',')
      ->envname("SCALESET_LABELS");
  add_connection_flags(*command, arguments->connection);
  add_scaling_flags(*command, *arguments);
  add_backend_flags(*command, *arguments);
  add_log_flags(*command, *arguments);
  command->footer(
      "Example:\n  scaleset run --url https://github.com/my-org --name my-set --token-file "
      "token.txt --runner-dir ./actions-runner\n"
      "Every flag can also be set as SCALESET_FLAG_NAME in the environment.\n"
      "The first SIGINT or SIGTERM closes the session, removes idle runners and waits for busy "
      "ones; the second ends the autoscaler at "
      "once and\nleaves busy runners running.");
  command->callback(
      [arguments, &action] { action = [arguments] { return run_autoscaler(*arguments); }; });
}

}  // namespace scaleset::cli
