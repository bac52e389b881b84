#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::simulator::pretend {

/// What a pretend runner can be told to do wrong. Real runners have done all of it.
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

/// A row of the table of misbehaviours.
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
  int percent = 100;  // of the runners that read this, how many misbehave
};

/// "NAME" or "NAME 10%", where "exit:N" is the name of exit_at_once; white space around it is
/// ignored. An empty text is no fault. Errors: invalid_argument, with all names.
[[nodiscard]] Result<RunnerFault> parse_runner_fault(std::string_view text);

/// The fault of a runner: that in SIMULATE_RUNNER_FAULT of its environment, or else that in the
/// file `simulated-fault` in its folder. `chance` is a number from 0 to 99, drawn for this runner.
[[nodiscard]] Result<RunnerFault> find_runner_fault(std::filesystem::path const& root, int chance);

}  // namespace scaleset::simulator::pretend
