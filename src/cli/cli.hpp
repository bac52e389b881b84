#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace scaleset::cli {

/// Exit codes, the same for every subcommand.
inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;   // it was tried and failed
inline constexpr int kExitUsage = 2;     // wrong arguments or configuration; nothing was tried
inline constexpr int kExitNotFound = 3;  // what was asked for does not exist
inline constexpr int kExitConflict = 4;  // it exists already, is busy, or another session is open
inline constexpr int kExitRefused = 5;   // the service refused the credentials
inline constexpr int kExitNoAnswer = 6;  // network, time limit, rate limit, a failing service

/// What the chosen subcommand does. It is set while parsing and called when all arguments are known
/// to be valid.
using Action = std::function<int()>;

/// Each adds its subcommand to `app`, and sets `action` if the user has chosen that subcommand.
void add_run_command(CLI::App& app, Action& action);
void add_set_command(CLI::App& app, Action& action);
void add_group_command(CLI::App& app, Action& action);
void add_runner_command(CLI::App& app, Action& action);
void add_jit_command(CLI::App& app, Action& action);
void add_listen_command(CLI::App& app, Action& action);
void add_token_command(CLI::App& app, Action& action);
void add_debug_info_command(CLI::App& app, Action& action);
void add_completion_command(CLI::App& app, Action& action);
void add_simulate_command(CLI::App& app, Action& action);
void add_simulate_runner_command(CLI::App& app, Action& action);

/// All of these, and what holds for every option: no value may be blank, and which flags are read
/// from the environment.
void add_commands(CLI::App& app, Action& action);

/// The whole program: parses the arguments, runs the subcommand and returns the exit code. Wrong
/// usage and anything thrown are reported in one line on standard error (complain.hpp).
int run(int argc, char const* const* argv);

}  // namespace scaleset::cli
