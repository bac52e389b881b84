#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::simulator::pretend {

/// What a pretend runner can be told to do wrong: each is something that real ones have done.
enum class Misbehaviour : std::uint8_t {
  none,
  exit_at_once,
  hang_before_session,
  hang_after_session,
  die_mid_job,
  ignore_sigterm,
  outlive_registration,
  version_deprecated,
};

/// A line of the one table of them.
struct MisbehaviourInfo {
  Misbehaviour kind;
  std::string_view name;         // as written in a fault's text
  std::string_view description;  // what the runner does
};
[[nodiscard]] std::span<MisbehaviourInfo const> misbehaviours();

struct RunnerFault {
  RunnerFault() = default;
  Misbehaviour kind = Misbehaviour::none;
  int exit_code = 0;  // of exit_at_once
  int percent = 100;  // of the runners that read this, how many it strikes
};

/// "NAME" or "NAME 10%", where "exit:N" is the name of exit_at_once; white space around it does not
/// matter. An empty text is no fault. Errors: invalid_argument, naming all there are.
[[nodiscard]] Result<RunnerFault> parse_runner_fault(std::string_view text);

/// The fault of a runner: SIMULATE_RUNNER_FAULT in its environment, or else what the file
/// `simulated-fault` in its folder says. `chance`: 0 to 99, drawn for this runner.
[[nodiscard]] Result<RunnerFault> find_runner_fault(std::filesystem::path const& root, int chance);

}  // namespace scaleset::simulator::pretend
