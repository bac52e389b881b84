#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/runner/runner_calls.hpp"

/// What the listener and its worker say to each other. The worker reads lines from its standard
/// input: first the job, a JSON object, then perhaps kCancelLine. The end of the input is the end
/// of the listener. The worker answers by its exit code. Pure.
namespace scaleset::simulator::pretend {

inline constexpr std::string_view kCancelLine = "cancel\n";
/// The exit code is that plus the result: 0 succeeded, 2 failed, 3 canceled (spec 11.2).
inline constexpr int kResultCode = 100;

/// A line with its end.
[[nodiscard]] std::string job_line(PretendJob const& job);
/// No value: not such a line.
[[nodiscard]] std::optional<PretendJob> read_job_line(std::string_view line);

[[nodiscard]] int result_code(std::string_view conclusion);
/// Failed for any code that is none of a result: the worker broke down.
[[nodiscard]] std::string conclusion_of(int code);

}  // namespace scaleset::simulator::pretend
