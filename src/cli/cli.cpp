#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <string>

#include "base/guard.hpp"
#include "cli/complain.hpp"
#include "cli/every_flag.hpp"
#include "cli/shell_command.hpp"
#include "cli/usage_error.hpp"
#include "scaleset/version.hpp"

namespace scaleset::cli {
namespace {

int parse_and_run(int argc, char const* const* argv, base::LogFormat format) {
  CLI::App app{"Autoscaling for self-hosted GitHub Actions runners", "scaleset"};
  Action action;
  add_commands(app, action);
  if (std::string const flag = flag_without_value(argc, argv); !flag.empty()) {
    complain("", flag + " is empty; give a value, or leave out the flag", format);
    return kExitUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (CLI::Success const& help) {
    return app.exit(help);
  } catch (CLI::ParseError const& error) {
    complain("", describe_usage_error(app, error), format);
    return kExitUsage;
  }
  // Outside of the try block, because what an action throws is not a usage error.
  return action();
}

}  // namespace

void add_commands(CLI::App& app, Action& action) {
  app.set_version_flag("--version", "scaleset " + std::string(kVersion));
  app.require_subcommand(1);
  add_run_command(app, action);
  add_set_command(app, action);
  add_group_command(app, action);
  add_runner_command(app, action);
  add_jit_command(app, action);
  add_listen_command(app, action);
  add_token_command(app, action);
  add_debug_info_command(app, action);
  add_completion_command(app, action);
  add_simulate_command(app, action);
  add_simulate_runner_command(app, action);
  read_flags_from_environment(app);
  refuse_blank_values(app);
}

int run(int argc, char const* const* argv) {
  auto const format = error_format(argc, argv);
  int code = kExitFailure;
  try {
    code = parse_and_run(argc, argv, format);
  } catch (...) {
    complain("", base::error_of_exception(ErrorCode::io, "the program").message, format);
  }
  end_shell_commands();  // such as one for a token that nobody waits for any more
  return code;
}

}  // namespace scaleset::cli
