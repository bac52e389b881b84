#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace scaleset::backends {

/// The runner's programs: the listener lives as long as its runner, and the worker as long as a job
/// (protocol.md D.5).
enum class ProgramKind : std::uint8_t { listener, worker };

/// Which of the two a process runs, and the path of the program, by the first two arguments of its
/// command line: a script's interpreter has the script as its second. `separator` stands between
/// arguments, '\0' in /proc/PID/cmdline. No value for every other program.
[[nodiscard]] std::optional<std::pair<ProgramKind, std::string>> program_of(
    std::string_view command_line, char separator);

}  // namespace scaleset::backends
