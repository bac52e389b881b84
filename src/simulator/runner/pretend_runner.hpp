#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scaleset::simulator {

/// What the pretend runner understands of the real one's command line: `run [--jitconfig TEXT]`,
/// `--version`. Ours: `--root DIR`, its folder, and `worker --work-folder DIR`.
struct RunnerArguments {
  enum class Command : std::uint8_t { run, worker, version };
  RunnerArguments() = default;
  Command command = Command::run;
  std::string root = ".";
  std::string jit_config;  // empty: from the environment
  std::string work_folder = "_work";
};
/// No value: arguments of another command.
[[nodiscard]] std::optional<RunnerArguments> parse_runner_arguments(
    std::vector<std::string> const& arguments);

/// The pretend runner (spec 11), from its start to its exit code: takes the JIT configuration from
/// the arguments or from ACTIONS_RUNNER_INPUT_JITCONFIG, which it removes from its environment,
/// writes its files, does its one job in a worker process, cleans up. Misbehaves as
/// misbehaviour.hpp says. With the command `worker` it is that worker process (worker.hpp). Blocks;
/// for a process of its own: it handles SIGINT, SIGTERM and SIGPIPE.
int run_pretend_runner(std::vector<std::string> const& arguments);

}  // namespace scaleset::simulator
