#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/runner/runner_calls.hpp"

/// The messages between the listener and its worker. The worker reads lines from its standard
/// input: first the job, a JSON object, then perhaps kCancelLine. The end of the input means that
/// the listener has ended. The worker answers with its exit code. Pure.
namespace scaleset::simulator::pretend {

inline constexpr std::string_view kCancelLine = "cancel\n";
/// The exit code is this plus the result: 0 succeeded, 2 failed, 3 canceled (protocol.md 11.2).
inline constexpr int kResultCode = 100;

/// The line includes its end.
[[nodiscard]] std::string job_line(PretendJob const& job);
/// No value: the line is not a job.
[[nodiscard]] std::optional<PretendJob> read_job_line(std::string_view line);

[[nodiscard]] int result_code(std::string_view conclusion);
/// Any code that is not a result's means "failed": the worker broke down.
[[nodiscard]] std::string conclusion_of(int code);

}  // namespace scaleset::simulator::pretend
