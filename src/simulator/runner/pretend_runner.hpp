#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scaleset::simulator {

/// The part of the real runner's command line that the pretend runner has: `run [--jitconfig TEXT]`
/// and `--version`. Its own are `--root DIR`, its folder, and `worker --work-folder DIR`.
struct RunnerArguments {
  enum class Command : std::uint8_t { run, worker, version };
  RunnerArguments() = default;
  Command command = Command::run;
  std::string root = ".";
  std::string jit_config;  // empty: from the environment
  std::string work_folder = "_work";
};
/// No value: the arguments are of another command.
[[nodiscard]] std::optional<RunnerArguments> parse_runner_arguments(
    std::vector<std::string> const& arguments);

/// The pretend runner (protocol.md 11), from its start to its exit code: takes the JIT
/// configuration from the arguments or from ACTIONS_RUNNER_INPUT_JITCONFIG, which it removes from
/// its environment, writes its files, does its one job in a worker process, cleans up. Misbehaves
/// as misbehaviour.hpp says. With the command `worker` it is that worker process (worker.hpp).
/// Blocks, and needs a process of its own, since it handles SIGINT, SIGTERM and SIGPIPE.
int run_pretend_runner(std::vector<std::string> const& arguments);

}  // namespace scaleset::simulator
