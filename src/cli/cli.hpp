#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scaleset/error.hpp"

namespace CLI {
class App;
}

namespace scaleset::cli {

/// Exit codes, the same for every subcommand.
inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;   // it was tried and failed
inline constexpr int kExitUsage = 2;     // wrong arguments or configuration; nothing was tried
inline constexpr int kExitNotFound = 3;  // what was asked for does not exist
inline constexpr int kExitConflict = 4;  // it exists already, is busy, or another process serves it
inline constexpr int kExitRefused = 5;   // the service refused the credentials
inline constexpr int kExitNoAnswer = 6;  // network, time limit, rate limit, a failing service

/// For the help of every command.
inline constexpr char const* kExitCodeHelp =
    "Exit codes: 0 done; 1 failed; 2 wrong arguments, nothing was tried; 3 not found;\n4 conflict: "
    "it exists already, is busy, or another process serves it; 5 the credentials were refused;\n6 "
    "no answer: network, time limit, rate limit or a failing service (try again later).\n";

inline constexpr char const* kVariableHelp =
    "Every flag can also be set as SCALESET_FLAG_NAME in the environment; the command line goes "
    "first.\n";

/// What the chosen subcommand does.
struct Action {
  std::string command;  // "set get", for complain()
  /// What is wrong with the arguments besides each value by itself. Nothing is sent or created. It
  /// is also called if some values could not be read, which then have their defaults.
  std::function<std::vector<Error>()> check;
  /// Called if nothing is wrong. Returns the exit code.
  std::function<int()> run;
};

/// Sets `action` to `chosen` if the user chooses the subcommand, also if its arguments turn out to
/// be wrong.
void when_chosen(CLI::App& command, Action& action, Action chosen);

/// Each adds its subcommand to `app`, and sets `action` if the user has chosen that subcommand.
void add_run_command(CLI::App& app, Action& action);
void add_set_command(CLI::App& app, Action& action);
void add_group_command(CLI::App& app, Action& action);
void add_runner_command(CLI::App& app, Action& action);
void add_jit_command(CLI::App& app, Action& action);
void add_listen_command(CLI::App& app, Action& action);
void add_token_command(CLI::App& app, Action& action);
void add_debug_info_command(CLI::App& app, Action& action);
void add_config_command(CLI::App& app, Action& action);
void add_completion_command(CLI::App& app, Action& action);
void add_simulate_command(CLI::App& app, Action& action);
void add_simulate_runner_command(CLI::App& app, Action& action);

/// All of these, and what holds for every option: no value may be blank or have control characters,
/// and which flags are read from the environment.
void add_commands(CLI::App& app, Action& action);

/// The whole program: parses the arguments, runs the subcommand and returns the exit code. Wrong
/// usage is reported with one line for each mistake on standard error, and anything thrown with one
/// line (complain.hpp).
int run(int argc, char const* const* argv);

}  // namespace scaleset::cli
