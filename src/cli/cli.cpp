#include "cli/cli.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "base/guard.hpp"
#include "cli/complain.hpp"
#include "cli/every_flag.hpp"
#include "cli/mistakes.hpp"
#include "cli/unknown_variables.hpp"
#include "cli/usage_error.hpp"
#include "scaleset/version.hpp"

namespace scaleset::cli {
namespace {

/// Says everything that is wrong. Whether anything is.
bool complain_of_mistakes(CLI::App const& app, Action const& action, UsageProblems const& read,
                          base::LogFormat format) {
  for (std::string const& text : read.texts) complain("", text, format);
  if (!read.all_read || !action.check) return !read.texts.empty();
  auto const further = further_mistakes(app, read.texts, action.check());
  for (std::string const& text : further) complain(action.command, text, format);
  return !read.texts.empty() || !further.empty();
}

int parse_and_run(int argc, char const* const* argv, base::LogFormat format) {
  CLI::App app{"Autoscaling for self-hosted GitHub Actions runners", "scaleset"};
  Action action;
  add_commands(app, action);
  auto words = words_of(argc, argv);
  std::ranges::reverse(words);  // as CLI11 expects them
  UsageProblems read;
  try {
    app.parse(std::move(words));
  } catch (CLI::Success const& help) {
    return app.exit(help);
  } catch (CLI::ParseError const& error) {
    read = usage_problems(app, error);
  }
  for (std::string const& text : unknown_variables(app, environ))
    complain("", text, format, LogLevel::warn);
  // Outside of the try block, because what an action throws is not a usage error.
  if (complain_of_mistakes(app, action, read, format)) return kExitUsage;
  return action.run();
}

}  // namespace

void when_chosen(CLI::App& command, Action& action, Action chosen) {
  command.preparse_callback([&command, &action, chosen = std::move(chosen)](std::size_t) {
    forget_other_variables(command);
    action = chosen;
  });
}

void add_commands(CLI::App& app, Action& action) {
  app.set_version_flag("--version", "scaleset " + std::string(kVersion), "Print the version");
  app.require_subcommand(1);
  app.footer(kExitCodeHelp);
  add_run_command(app, action);
  add_set_command(app, action);
  add_group_command(app, action);
  add_runner_command(app, action);
  add_jit_command(app, action);
  add_listen_command(app, action);
  add_token_command(app, action);
  add_debug_info_command(app, action);
  add_config_command(app, action);
  add_completion_command(app, action);
  add_simulate_command(app, action);
  add_simulate_runner_command(app, action);
  read_flags_from_environment(app);
  refuse_unusable_values(app);
}

int run(int argc, char const* const* argv) {
  auto const format = error_format(argc, argv);
  int code = kExitFailure;
  try {
    code = parse_and_run(argc, argv, format);
  } catch (...) {
    complain("", base::error_of_exception(ErrorCode::io, "the program").message, format);
  }
  return code;
}

}  // namespace scaleset::cli
