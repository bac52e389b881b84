#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace scaleset::cli {

/// Exit codes, the same for every subcommand.
inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;  // it was tried and did not work
inline constexpr int kExitUsage =
    2;  // the arguments or the configuration are wrong; nothing was tried

/// What the chosen subcommand does once all arguments are known to be good. Set while parsing.
using Action = std::function<int()>;

/// Each adds its subcommand to `app` and sets `action` when it is the one that was chosen.
void add_run_command(CLI::App& app, Action& action);
void add_simulate_command(CLI::App& app, Action& action);
void add_simulate_runner_command(CLI::App& app, Action& action);

/// The whole program: parses, acts, answers the exit code. Bad usage is one line on standard error;
/// of an argument that is not known only the name is shown, since its value may be a secret.
int run(int argc, char const* const* argv);

}  // namespace scaleset::cli
