#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "base/files.hpp"
#include "base/jwt.hpp"
#include "cli/cli.hpp"
#include "simulator/front/simulator.hpp"
#include "simulator/runner/runner_dir.hpp"

namespace scaleset::cli {
namespace {

namespace asio = boost::asio;

struct SimulateArguments {
  simulator::SimulatorOptions options;
  std::string listen = "127.0.0.1:0";
  std::string profile = "broker";
  std::string clock = "wall";
  std::string ready_file;
  std::int64_t seed = -1;
  double hold_seconds = 50;
  double session_ttl_seconds = 90;
  double admin_token_ttl_seconds = 3600;
  std::string runner_dir;
  std::string key_file;
};

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

int fail_with(int code, std::string const& text) {
  std::fprintf(stderr, "scaleset simulate: %s\n", text.c_str());
  return code;
}

bool parse_listen(std::string const& listen, simulator::SimulatorOptions& options) {
  auto const colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  options.address = listen.substr(0, colon);
  char const* const begin = listen.data() + colon + 1;
  char const* const end = listen.data() + listen.size();
  auto const [stop, error] = std::from_chars(begin, end, options.port);
  return error == std::errc() && stop == end;
}

/// For scripts that start us and have to know when, and where, we listen.
Result<void> announce(SimulateArguments const& arguments, simulator::Simulator const& simulator) {
  std::printf("listening on %s\n", simulator.url().c_str());
  std::fflush(stdout);
  if (arguments.ready_file.empty()) return {};
  return base::write_file_atomically(arguments.ready_file,
                                     "{\"url\":\"" + simulator.url() + "\"}\n");
}

asio::awaitable<void> stop(simulator::Simulator* simulator) { co_await simulator->stop(); }

int simulate(SimulateArguments& arguments) {
  auto& options = arguments.options;
  if (!parse_listen(arguments.listen, options)) {
    return fail_with(kExitUsage,
                     "--listen \"" + arguments.listen +
                         "\" is not of the form HOST:PORT, such as 127.0.0.1:0 (0: any free port)");
  }
  options.model.profile =
      arguments.profile == "acquire" ? simulator::Profile::acquire : simulator::Profile::broker;
  options.model.hold_time = to_milliseconds(arguments.hold_seconds);
  options.model.session_ttl = to_milliseconds(arguments.session_ttl_seconds);
  options.model.admin_token_ttl = to_milliseconds(arguments.admin_token_ttl_seconds);
  options.virtual_clock = arguments.clock == "virtual";
  if (arguments.seed >= 0) options.seed = static_cast<std::uint64_t>(arguments.seed);

  asio::io_context context(1);
  auto started = simulator::Simulator::start(context.get_executor(), options);
  if (!started) return fail_with(kExitFailure, started.error().message);
  auto& simulator = **started;
  auto announced = announce(arguments, simulator);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  auto stop_now = [&context, &simulator](boost::system::error_code, int) {
    asio::co_spawn(context, stop(&simulator), asio::detached);
  };
  if (announced) {
    signals.async_wait(stop_now);
  } else {
    stop_now({}, 0);
  }
  context.run();
  return announced ? kExitSuccess : fail_with(kExitFailure, announced.error().message);
}

int make_runner_dir(SimulateArguments const& arguments) {
  auto made = simulator::write_runner_dir(arguments.runner_dir,
                                          std::filesystem::read_symlink("/proc/self/exe"));
  if (!made) return fail_with(kExitFailure, made.error().message);
  std::printf("%s\n", arguments.runner_dir.c_str());
  return kExitSuccess;
}

int make_app_key(SimulateArguments const& arguments) {
  if (std::filesystem::exists(arguments.key_file))
    return fail_with(kExitFailure, arguments.key_file + " exists; it is left as it is");
  auto const written = base::write_file_atomically(
      arguments.key_file, base::RsaPrivateKey::generate(2048).pem().reveal());
  return written ? kExitSuccess : fail_with(kExitFailure, written.error().message);
}

void add_flags(CLI::App& command, SimulateArguments& arguments) {
  command.add_option("--listen", arguments.listen,
                     "HOST:PORT; port 0 is any free one [127.0.0.1:0]");
  command
      .add_option("--profile", arguments.profile, "broker (github.com) or acquire (GHES) [broker]")
      ->check(CLI::IsMember({"broker", "acquire"}));
  command.add_option("--state", arguments.options.state_file,
                     "Keep the world in this file: a restart goes on where it was");
  command.add_option("--ready-file", arguments.ready_file,
                     "Written once we listen: a JSON object with the url");
  command
      .add_option("--clock", arguments.clock,
                  "wall, or virtual: time moves by POST /_sim/clock/advance only [wall]")
      ->check(CLI::IsMember({"wall", "virtual"}));
  command.add_option("--seed", arguments.seed, "A number, for the same ids in every run");
  command
      .add_option("--hold-time", arguments.hold_seconds, "Seconds a poll without news is held [50]")
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--session-ttl", arguments.session_ttl_seconds,
                  "Seconds an abandoned session blocks the next [90]")
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--admin-token-ttl", arguments.admin_token_ttl_seconds,
                  "Seconds an admin token is good for [3600]")
      ->check(CLI::NonNegativeNumber);
  command.add_flag("--wake-on-job-started", arguments.options.model.wake_on_job_started,
                   "Let JobStarted end a held poll, which the real service does not");
}

}  // namespace

void add_simulate_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<SimulateArguments>();
  auto* command =
      app.add_subcommand("simulate", "GitHub's side, offline: listen until SIGINT or SIGTERM");
  add_flags(*command, *arguments);
  command->footer(
      "Example:\n  scaleset simulate --listen 127.0.0.1:8080 --state world.json\n"
      "  then use http://127.0.0.1:8080/my-org as the config URL, with any token, and queue jobs "
      "with\n"
      "  curl -X POST http://127.0.0.1:8080/_sim/jobs -d "
      "'{\"tenant\":\"my-org\",\"labels\":[\"my-set\"],\"count\":5}'");
  auto* runner_dir = command->add_subcommand(
      "runner-dir",
      "Write a folder that looks like an unpacked runner release: the pretend runner");
  runner_dir->add_option("DIR", arguments->runner_dir, "Folder to create")->required();
  auto* app_key =
      command->add_subcommand("app-key", "Write a fresh private key for a pretend GitHub App");
  app_key->add_option("FILE", arguments->key_file, "File to create")->required();
  command->require_subcommand(0, 1);
  command->callback([arguments, runner_dir, app_key, &action] {
    action = [arguments, in_dir = runner_dir->parsed(), key = app_key->parsed()] {
      if (in_dir) return make_runner_dir(*arguments);
      return key ? make_app_key(*arguments) : simulate(*arguments);
    };
  });
}

}  // namespace scaleset::cli
