#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scaleset::simulator {

/// What SIMULATE_RUNNER_FAULT asks for: "exit:N" (ends with that code before it does anything),
/// "hang_before_session" (never says a word, dies by any signal), "ignore_sigterm" (works, but
/// ignores SIGINT and SIGTERM).
struct RunnerFault {
  std::optional<int> exit_code;
  bool hang = false;
  bool ignore_signals = false;
};
/// No value: no such fault. Empty text: no fault.
[[nodiscard]] std::optional<RunnerFault> parse_runner_fault(std::string_view text);

/// What the pretend runner understands of the real one's command line: `run [--jitconfig TEXT]`.
/// Ours: `--root DIR`, its folder.
struct RunnerArguments {
  RunnerArguments() = default;
  std::string root = ".";
  std::string jit_config;  // empty: from the environment
  bool version = false;    // `--version`: print it and end
};
/// No value: arguments of another command than `run`.
[[nodiscard]] std::optional<RunnerArguments> parse_runner_arguments(
    std::vector<std::string> const& arguments);

/// The pretend runner (spec 11), from its start to its exit code: takes the JIT configuration from
/// the arguments or from ACTIONS_RUNNER_INPUT_JITCONFIG, which it removes from its environment,
/// writes its files, does its one job, cleans up. Blocks; for a process of its own: it handles
/// SIGINT, SIGTERM and SIGPIPE.
int run_pretend_runner(std::vector<std::string> const& arguments);

}  // namespace scaleset::simulator
