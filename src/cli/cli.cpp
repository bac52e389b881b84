#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "scaleset/version.hpp"

namespace scaleset::cli {
namespace {

/// Returns "--flag" for "--flag=value".
/// So that a secret after "=" is not repeated in a message.
std::string without_value(std::string const& argument) {
  return argument.substr(0, argument.find('='));
}

std::string describe_unknown(std::vector<std::string> const& unknown) {
  std::string const name =
      unknown.empty() || !unknown.front().starts_with('-') ? "" : without_value(unknown.front());
  // Flags that people know from GitHub's programs.
  if (name == "--token" || name == "--app-private-key") {
    return "there is no flag " + name +
           ", because every user of this machine can see the command line; use " + name +
           "-file FILE" + (name == "--token" ? ", or the environment variable GITHUB_TOKEN" : "");
  }
  if (name.empty()) return "unexpected argument; see scaleset --help";
  return "unknown flag " + name +
         "; see scaleset --help for the subcommands and scaleset SUBCOMMAND --help for their flags";
}

int report_usage(CLI::App const& app, CLI::ParseError const& error) {
  std::string message = error.what();
  if (dynamic_cast<CLI::ExtrasError const*>(&error) != nullptr)
    message = describe_unknown(app.remaining(true));
  for (char& c : message) {
    if (c == '\n') c = ' ';
  }
  std::fprintf(stderr, "scaleset: %s\n", message.c_str());
  return kExitUsage;
}

}  // namespace

int run(int argc, char const* const* argv) {
  CLI::App app{"Autoscaling for self-hosted GitHub Actions runners", "scaleset"};
  app.set_version_flag("--version", "scaleset " + std::string(kVersion));
  app.require_subcommand(1);
  Action action;
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
  try {
    app.parse(argc, argv);
  } catch (CLI::Success const& help) {
    return app.exit(help);
  } catch (CLI::ParseError const& error) {
    return report_usage(app, error);
  }
  // Outside of the try block, because what an action throws is not a usage error.
  return action();
}

}  // namespace scaleset::cli
