#include <CLI/CLI.hpp>

#include "cli/cli.hpp"
#include "simulator/runner/pretend_runner.hpp"

namespace scaleset::cli {

void add_simulate_runner_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "simulate-runner",
      "The pretend runner, which the scripts in the folder of `scaleset simulate runner-dir` "
      "start");
  // Its arguments are the real runner's, so they are passed on as they are.
  command->prefix_command();
  when_chosen(*command, action, {"simulate-runner", {}, [command] {
                                   return simulator::run_pretend_runner(command->remaining());
                                 }});
}

}  // namespace scaleset::cli
