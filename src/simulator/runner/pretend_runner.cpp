#include "simulator/runner/pretend_runner.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/clock.hpp"
#include "base/random_text.hpp"
#include "simulator/runner/runner_driver.hpp"

namespace scaleset::simulator {
namespace {

namespace asio = boost::asio;
constexpr char const* kJitVariable = "ACTIONS_RUNNER_INPUT_JITCONFIG";

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// As the real runner: nothing the job starts shall see it, not even in /proc.
std::string take_variable(char const* name) {
  char* const value = std::getenv(name);
  if (value == nullptr) return {};
  std::string text = value;
  explicit_bzero(value, text.size());
  unsetenv(name);
  return text;
}

std::string owner_name() {
  std::string host(256, '\0');
  if (gethostname(host.data(), host.size() - 1) != 0) host = "localhost";
  host.resize(std::strlen(host.c_str()));
  return host + " (PID: " + std::to_string(getpid()) + ")";
}

int complain(std::string const& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return 1;
}

void print_line(std::string const& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

pretend::DriverOptions driver_options(pretend::RunnerSettings settings, RunnerFault const& fault) {
  pretend::DriverOptions options{pretend::Caller(std::move(settings))};
  options.caller.session_id = base::random_uuid(*base::system_random());
  options.caller.owner_name = owner_name();
  options.print = print_line;
  options.honest_exit_code = variable("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE") == "1";
  options.heed_signals = !fault.ignore_signals;
  return options;
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

}  // namespace

int run_pretend_runner(std::vector<std::string> const& arguments) {
  std::signal(SIGPIPE, SIG_IGN);  // it works on when nobody reads its output any more, as .NET does
  std::string jit_config = take_variable(kJitVariable);
  std::optional<RunnerArguments> const parsed = parse_runner_arguments(arguments);
  if (!parsed)
    return complain("the pretend runner knows `run [--jitconfig TEXT] [--root DIR]` only");
  if (parsed->version) {
    print_line(std::string(pretend::kRunnerVersion));
    return 0;
  }
  std::optional<RunnerFault> const fault = parse_runner_fault(variable("SIMULATE_RUNNER_FAULT"));
  if (!fault)
    return complain("SIMULATE_RUNNER_FAULT: exit:N, hang_before_session or ignore_sigterm");
  if (fault->exit_code) return *fault->exit_code;
  while (fault->hang) pause();
  if (fault->ignore_signals) {
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
  }

  if (!parsed->jit_config.empty()) jit_config = parsed->jit_config;
  if (jit_config.empty())
    return complain(std::string("no JIT configuration: give --jitconfig or ") + kJitVariable);
  Result<pretend::RunnerSettings> const settings = pretend::read_jit_config(jit_config);
  explicit_bzero(jit_config.data(), jit_config.size());
  if (!settings) return complain(settings.error().message);
  Result<void> const written = pretend::write_settings_files(parsed->root, *settings);
  if (!written) return complain(written.error().message);
  pretend::DriverOptions options = driver_options(*settings, *fault);
  options.root = parsed->root;
  int const code = drive(std::move(options));
  pretend::remove_settings_files(parsed->root, *settings);
  return code;
}

std::optional<RunnerArguments> parse_runner_arguments(std::vector<std::string> const& arguments) {
  RunnerArguments parsed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view const argument = arguments[i];
    std::size_t const equals = argument.starts_with("--") ? argument.find('=') : argument.npos;
    std::string_view const name = argument.substr(0, equals);
    bool const takes_value = name == "--jitconfig" || name == "--root";
    if (!takes_value) {
      parsed.version = parsed.version || name == "--version";
      if (!name.starts_with("--") && name != "run") return std::nullopt;
      continue;  // --once and the like change nothing here
    }
    bool const apart = equals == argument.npos;
    if (apart && i + 1 == arguments.size()) return std::nullopt;
    std::string value(apart ? std::string_view(arguments[++i]) : argument.substr(equals + 1));
    (name == "--root" ? parsed.root : parsed.jit_config) = std::move(value);
  }
  return parsed;
}

std::optional<RunnerFault> parse_runner_fault(std::string_view text) {
  constexpr std::string_view kExit = "exit:";
  RunnerFault fault;
  if (text.starts_with(kExit)) {
    text.remove_prefix(kExit.size());
    int code = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    bool const valid =
        error == std::errc() && end == text.data() + text.size() && code >= 0 && code < 256;
    if (!valid) return std::nullopt;
    fault.exit_code = code;
    return fault;
  }
  fault.hang = text == "hang_before_session";
  fault.ignore_signals = text == "ignore_sigterm";
  bool const known = text.empty() || fault.hang || fault.ignore_signals;
  return known ? std::optional(fault) : std::nullopt;
}

}  // namespace scaleset::simulator
