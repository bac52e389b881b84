#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/guard.hpp"
#include "base/log.hpp"
#include "base/log_writer.hpp"
#include "cli/choice_flag.hpp"
#include "cli/cli.hpp"
#include "cli/connection.hpp"
#include "cli/given.hpp"
#include "cli/list_flag.hpp"
#include "cli/name_or_id.hpp"
#include "cli/number_flag.hpp"
#include "cli/primitive.hpp"
#include "cli/program_log.hpp"
#include "cli/seconds_flag.hpp"
#include "cli/surroundings.hpp"
#include "cli/work_dir.hpp"
#include "daemon/config_file.hpp"
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
  std::string place_warning;               // of default_work_dir_warning()
  std::string config_file;                 // empty: flags say what is served
  std::optional<daemon::ConfigFile> file;  // as it was read
  daemon::Surroundings around;             // of the file
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
  command
      .add_option("--runner-dir", config.runner_dir,
                  "Folder with an unpacked actions/runner release, or with several, of which "
                  "each new runner uses the highest version")
      ->type_name("DIR");
  command
      .add_option("--work-dir", config.work_dir,
                  "Folder in which every runner gets a folder of its own "
                  "[/var/lib/scaleset/runners; if you are not root: "
                  "~/.local/state/scaleset/runners]")
      ->type_name("DIR");
  add_list(command, "--pass-env", Case::matters, config.pass_environment,
           "Names of environment variables to pass on to runners, separated by commas, besides "
           "those that they always get: PATH, HOME, USER, LOGNAME, LANG, LC_ALL, TZ, TMPDIR, "
           "SSL_CERT_FILE and the proxy's");
}

void add_control_flags(CLI::App& command, RunArguments& arguments) {
  command
      .add_option(
          "--socket", arguments.config.control_socket,
          "Socket for `scaleset status` and other commands, which only its owner may open "
          "[in $RUNTIME_DIRECTORY, else in --work-dir or the file's state_dir; the log names it]")
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
template <class Config>
int run_logged(Config config, std::shared_ptr<LogSink> const& log) {
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

/// Those that have a value and that a configuration file takes the place of.
std::vector<std::string> flags_besides_the_file(CLI::App const& command) {
  std::vector<std::string> found;
  for (CLI::Option const* option : command.get_options()) {
    std::string const name = option->get_name();
    bool const goes_with_it = name == "--config" || name == "--socket" || name == "--help";
    if (option->count() > 0 && !goes_with_it) found.push_back(source_of(command, *option));
  }
  return found;
}

/// The usual file counts if there is one and nobody has said with flags what to serve.
void choose_file(CLI::App const& command, RunArguments& arguments) {
  if (!arguments.config_file.empty()) return;
  bool const is_named = command.count("--url") > 0 || command.count("--name") > 0;
  std::error_code unknown;
  if (!is_named && std::filesystem::exists(daemon::kUsualConfigFile, unknown))
    arguments.config_file = daemon::kUsualConfigFile;
}

std::vector<Error> check_file(CLI::App const& command, RunArguments& arguments) {
  std::vector<Error> problems;
  auto const others = flags_besides_the_file(command);
  if (!others.empty())
    problems.emplace_back(
        ErrorCode::invalid_options,
        listed(others, "and") + " cannot be combined with the configuration file " +
            arguments.config_file + "; set it there, or leave out --config and the file");
  arguments.around = surroundings();
  arguments.around.secrets = std::make_shared<daemon::KeptSecrets>();
  auto file = daemon::read_config_file(arguments.config_file, arguments.around);
  if (file) {
    arguments.file = *std::move(file);
    return problems;
  }
  for (std::string& line : file.error())
    problems.emplace_back(ErrorCode::invalid_options, std::move(line));
  return problems;
}

std::vector<Error> check(CLI::App const& command, RunArguments& arguments) {
  choose_file(command, arguments);
  if (!arguments.config_file.empty()) return check_file(command, arguments);
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

/// Runs with the file. Its log changes when the file does.
int run_file(RunArguments& arguments) {
  daemon::FileRun run;
  run.file = arguments.config_file;
  run.config = *std::move(arguments.file);
  run.around = std::move(arguments.around);
  run.control.socket = arguments.config.control_socket;
  run.control.notify = arguments.config.notify;
  auto const& house = run.config.house;
  auto const writer = std::make_shared<base::LogWriter>(house.log_level, house.log_format);
  run.configure_log = [writer](LogLevel least, base::LogFormat format) {
    writer->configure(least, format);
  };
  auto const log = with_key_names(writer);
  base::Logger const logger(log, "run");
  for (std::string const& warning : run.config.warnings) logger.warn(warning);
  std::string const root = root_warning(::geteuid());
  if (!root.empty()) logger.warn(root);
  return run_logged(std::move(run), log);
}

int run_autoscaler(RunArguments& arguments) {
  // Before there is another thread, which may read the environment.
  arguments.config.notify = take_notify_settings();
  if (arguments.file) return run_file(arguments);
  auto const format =
      arguments.log_format == "json" ? base::LogFormat::json : base::LogFormat::text;
  auto const log = make_program_log(log_level(arguments.log_level), format);
  warn_of_the_surroundings(arguments, base::Logger(log, "run"));
  return run_logged(std::move(arguments.config), log);
}

void add_scale_set_flags(CLI::App& command, RunArguments& arguments) {
  command
      .add_option("--name", arguments.config.name,
                  "Name of the scale set; it is created if it does not exist")
      ->type_name("NAME");
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
  auto* command = app.add_subcommand("run", "Run the autoscaler until SIGINT or SIGTERM");
  command
      ->add_option("--config", arguments->config_file,
                   "Configuration file of any number of scale sets, instead of all other flags "
                   "[/etc/scaleset/scaleset.toml, if it exists and neither --url nor --name is "
                   "given]")
      ->type_name("FILE");
  add_scale_set_flags(*command, *arguments);
  add_connection_flags(*command, arguments->connection, arguments->after);
  add_scaling_flags(*command, *arguments);
  add_backend_flags(*command, *arguments);
  add_control_flags(*command, *arguments);
  add_log_flags(*command, *arguments);
  command->footer(
      "Example:\n  scaleset run --url https://github.com/my-org --name my-set --token-file "
      "token.txt --runner-dir ./actions-runner\n"
      "  scaleset run --config scaleset.toml   (`scaleset config init` writes such a file)\n"
      "SIGTERM closes the session and leaves the runners running; the next start takes them over. "
      "SIGINT drains: it closes\nthe session, removes idle runners and waits for busy ones; a "
      "second "
      "signal leaves them running.\nWhere runners would end with the autoscaler (it is PID 1, or "
      "they are in the control group of a service),\nSIGTERM drains as well. SIGHUP reads the "
      "configuration, secrets and certificates again.\n" +
      std::string(kVariableHelp) + kExitCodeHelp);
  when_chosen(*command, action,
              {"run", [command, arguments] { return check(*command, *arguments); },
               [arguments] { return run_autoscaler(*arguments); }});
}

}  // namespace scaleset::cli
