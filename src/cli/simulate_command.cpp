#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "base/file_lock.hpp"
#include "base/files.hpp"
#include "base/interruptible_write.hpp"
#include "base/jwt.hpp"
#include "base/log.hpp"
#include "cli/cli.hpp"
#include "cli/complain.hpp"
#include "cli/primitive.hpp"
#include "cli/program_log.hpp"
#include "cli/simulate_flags.hpp"
#include "cli/simulate_scenario_flags.hpp"
#include "simulator/front/simulator.hpp"
#include "simulator/runner/runner_dir.hpp"

namespace scaleset::cli {
namespace {

namespace asio = boost::asio;

/// Of the subcommands below `simulate`.
struct OtherArguments {
  std::string runner_dir;
  std::string key_file;
};

/// Every held poll is an open file, and the usual soft limit is 1024.
void allow_many_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));  // no matter if it is refused
}

/// For scripts that start us and have to know when, and where, we listen.
Result<void> announce(SimulateArguments const& arguments, simulator::Simulator const& simulator) {
  constexpr std::chrono::seconds kPatience{1};
  int const error = base::write_interruptibly(
      STDOUT_FILENO, "listening on " + simulator.url() + "\n", -1, kPatience);
  if (error != 0) {
    // No reason to end: whoever does not read this line may read the file, or know the port.
    std::string const reason = std::generic_category().message(error);
    base::Logger(arguments.options.log, "simulate")
        .warn("the line \"listening on URL\" could not be written to standard output",
              {{"url", simulator.url()}, {"error", reason}});
  }
  if (arguments.ready_file.empty()) return {};
  return base::write_file_atomically(
      arguments.ready_file, boost::json::serialize(ready_json(arguments, simulator.url())) + "\n");
}

constexpr char const* kSimulateExample =
    "Example:\n  scaleset simulate --listen 127.0.0.1:8080 --state world.json\n"
    "  Then use http://127.0.0.1:8080/my-org as the config URL, with any token, and queue jobs "
    "with\n"
    "  curl -X POST http://127.0.0.1:8080/_sim/jobs -d "
    "'{\"tenant\":\"my-org\",\"labels\":[\"my-set\"],\"count\":5}'";

asio::awaitable<void> stop(simulator::Simulator* simulator) { co_await simulator->stop(); }

/// Two simulators would overwrite each other's data.
Result<std::optional<base::FileLock>> lock_state(std::filesystem::path const& state) {
  if (state.empty()) return std::nullopt;
  auto lock = base::FileLock::acquire(state.string() + ".lock",
                                      "the file " + state.string() + " of --state");
  if (!lock) return std::unexpected(lock.error());
  return *std::move(lock);
}

/// Serves until a signal comes. Returns the error if something else ended it.
Result<void> serve(SimulateArguments const& arguments) {
  auto const lock = lock_state(arguments.options.state_file);
  if (!lock) return std::unexpected(lock.error());
  asio::io_context context(1);
  auto started = simulator::Simulator::start(context.get_executor(), arguments.options);
  if (!started) return std::unexpected(started.error());
  auto& simulator = **started;
  auto announced = announce(arguments, simulator);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  auto stop_now = [&context, &simulator](boost::system::error_code, int) {
    asio::co_spawn(context, stop(&simulator), asio::detached);
  };
  if (announced) {
    signals.async_wait(stop_now);
  } else {
    // The simulator is running already and has to be stopped in its own loop.
    stop_now({}, 0);
  }
  context.run();
  return announced;
}

std::vector<Error> check(SimulateArguments& arguments, ScenarioArguments const& scenario) {
  auto problems = finish_arguments(arguments);
  for (Error& error : add_timeline(scenario, arguments.options))
    problems.push_back(std::move(error));
  return problems;
}

int simulate(SimulateArguments& arguments) {
  allow_many_connections();
  auto const log = make_program_log(LogLevel::warn, base::LogFormat::text);
  arguments.options.log = log;
  auto const served = serve(arguments);
  if (served) return kExitSuccess;
  base::Logger(log, "simulate").error(served.error().message);
  // Not exit_code(): a port that is taken, or a file that cannot be read, does not mend itself.
  switch (served.error().code) {
    case ErrorCode::invalid_argument: return kExitUsage;
    case ErrorCode::conflict: return kExitConflict;
    default: return kExitFailure;
  }
}

int make_runner_dir(OtherArguments const& arguments) {
  auto made = simulator::write_runner_dir(arguments.runner_dir,
                                          std::filesystem::read_symlink("/proc/self/exe"));
  if (!made) return report("simulate runner-dir", made.error());
  auto const printed = print_line(arguments.runner_dir);
  return printed ? kExitSuccess : report("simulate runner-dir", printed.error());
}

int make_app_key(OtherArguments const& arguments) {
  if (std::filesystem::exists(arguments.key_file)) {
    complain("simulate app-key", arguments.key_file + " exists; it is left as it is");
    return kExitConflict;
  }
  auto const written = base::write_file_atomically(
      arguments.key_file, base::RsaPrivateKey::generate(2048).pem().reveal());
  return written ? kExitSuccess : report("simulate app-key", written.error());
}

void add_other_commands(CLI::App& command, Action& action) {
  auto others = std::make_shared<OtherArguments>();
  auto* runner_dir = command.add_subcommand(
      "runner-dir",
      "Create a folder that looks like an unpacked runner release. Its runner only pretends to run "
      "jobs");
  runner_dir->add_option("DIR", others->runner_dir, "Folder to create")->required();
  runner_dir->footer("Example:\n  scaleset simulate runner-dir ./runner");
  when_chosen(*runner_dir, action,
              {"simulate runner-dir", {}, [others] { return make_runner_dir(*others); }});
  auto* app_key = command.add_subcommand(
      "app-key", "Write a new private key for a pretend GitHub App to a file");
  app_key->add_option("FILE", others->key_file, "File to create")->required();
  app_key->footer("Example:\n  scaleset simulate app-key app.pem");
  when_chosen(*app_key, action,
              {"simulate app-key", {}, [others] { return make_app_key(*others); }});
}

}  // namespace

void add_simulate_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<SimulateArguments>();
  auto scenario = std::make_shared<ScenarioArguments>();
  auto* command =
      app.add_subcommand("simulate", "Play GitHub's side, offline, until SIGINT or SIGTERM");
  add_simulate_flags(*command, *arguments);
  add_scenario_flags(*command, *scenario);
  command->footer(std::string(kSimulateExample) + "\n" + kVariableHelp + kExitCodeHelp);
  command->require_subcommand(0, 1);
  when_chosen(*command, action,
              {"simulate", [arguments, scenario] { return check(*arguments, *scenario); },
               [arguments] { return simulate(*arguments); }});
  add_other_commands(*command, action);
}

}  // namespace scaleset::cli
