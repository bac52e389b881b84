#include "simulator/runner/pretend_runner.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <random>

#include "base/clock.hpp"
#include "base/host_name.hpp"
#include "base/random_text.hpp"
#include "simulator/runner/diagnostic_log.hpp"
#include "simulator/runner/misbehaviour.hpp"
#include "simulator/runner/process_start.hpp"
#include "simulator/runner/runner_driver.hpp"
#include "simulator/runner/worker.hpp"

namespace scaleset::simulator {
namespace {

namespace asio = boost::asio;
using Command = RunnerArguments::Command;
using pretend::Misbehaviour;

std::string owner_name() { return base::host_name() + " (PID: " + std::to_string(getpid()) + ")"; }

int complain(std::string const& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return 1;
}

void print_line(std::string const& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

Timestamp now() {
  return std::chrono::floor<std::chrono::milliseconds>(base::system_clock()->now().wall);
}

int drive(pretend::DriverOptions options) {
  asio::io_context context(1);
  int code = 1;
  asio::co_spawn(context, pretend::drive_runner(std::move(options)),
                 [&code](std::exception_ptr exception, int exit_code) {
                   if (exception) std::rethrow_exception(exception);
                   code = exit_code;
                 });
  context.run();
  return code;
}

int work(pretend::RunnerSettings const& settings, std::string const& root,
         Misbehaviour misbehaviour) {
  pretend::DiagnosticLog log(root, "Runner", pretend::prints_log(), now());
  pretend::DriverOptions options{pretend::Caller(settings)};
  options.caller.session_id = base::random_uuid(*base::system_random());
  options.caller.owner_name = owner_name();
  options.root = root;
  options.log = [&log](std::string const& text) { log.write(text, now()); };
  options.print = [&log](std::string const& line) {
    print_line(line);
    log.write("WRITE LINE: " + line, now());
  };
  options.habits.tells_deprecation =
      pretend::variable("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE") == "1";
  options.habits.tells_job_result = pretend::is_set("ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED");
  options.misbehaviour = misbehaviour;
  options.remove_settings = [&] { pretend::remove_settings_files(root, settings); };
  return drive(std::move(options));
}

/// Called before anything else.
void misbehave_at_once(pretend::RunnerFault const& fault) {
  while (fault.kind == Misbehaviour::hang_before_session) pause();
  if (fault.kind != Misbehaviour::ignore_sigterm) return;
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
}

int run_listener(RunnerArguments const& arguments, std::string jit_config) {
  std::random_device device;
  int const chance = std::uniform_int_distribution(0, 99)(device);
  Result<pretend::RunnerFault> const fault = pretend::find_runner_fault(arguments.root, chance);
  if (!fault) return complain(fault.error().message);
  if (fault->kind == Misbehaviour::exit_at_once) return fault->exit_code;
  misbehave_at_once(*fault);

  if (!arguments.jit_config.empty()) jit_config = arguments.jit_config;
  if (jit_config.empty())
    return complain("no JIT configuration: give --jitconfig or ACTIONS_RUNNER_INPUT_JITCONFIG");
  Result<pretend::RunnerSettings> const settings = pretend::read_jit_config(jit_config);
  // It contains the runner's private key.
  explicit_bzero(jit_config.data(), jit_config.size());
  if (!settings) return complain(settings.error().message);
  Result<void> const written = pretend::write_settings_files(arguments.root, *settings);
  if (!written) return complain(written.error().message);
  return work(*settings, arguments.root, fault->kind);
}

}  // namespace

int run_pretend_runner(std::vector<std::string> const& arguments) {
  // First of all, so that no child process can inherit it.
  std::string jit_config = pretend::take_input("JITCONFIG");
  std::optional<RunnerArguments> const parsed = parse_runner_arguments(arguments);
  if (!parsed)
    return complain("the pretend runner's only command is `run [--jitconfig TEXT] [--root DIR]`");
  if (parsed->command == Command::version) {
    print_line(std::string(pretend::kRunnerVersion));
    return 0;
  }
  if (parsed->command == Command::worker) {
    pretend::WorkerOptions options;
    options.root = parsed->root;
    options.work_folder = parsed->work_folder;
    return pretend::run_worker(std::move(options));
  }
  pretend::set_process_name("Runner.Listener");
  std::signal(SIGPIPE, SIG_IGN);  // like .NET, it goes on when its output is not read any more
  return run_listener(*parsed, std::move(jit_config));
}

std::optional<RunnerArguments> parse_runner_arguments(std::vector<std::string> const& arguments) {
  RunnerArguments parsed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view const argument = arguments[i];
    std::size_t const equals = argument.starts_with("--") ? argument.find('=') : argument.npos;
    std::string_view const name = argument.substr(0, equals);
    if (name == "--version") parsed.command = Command::version;
    if (name == "worker") parsed.command = Command::worker;
    std::string* value = nullptr;
    if (name == "--root") value = &parsed.root;
    if (name == "--jitconfig") value = &parsed.jit_config;
    if (name == "--work-folder") value = &parsed.work_folder;
    if (value != nullptr) {
      bool const apart = equals == argument.npos;
      if (apart && i + 1 == arguments.size()) return std::nullopt;
      *value = apart ? arguments[++i] : std::string(argument.substr(equals + 1));
    } else if (!name.starts_with("--") && name != "run" && name != "worker") {
      return std::nullopt;
    }
  }
  return parsed;
}

}  // namespace scaleset::simulator
