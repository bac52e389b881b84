#pragma once

#include <string>
#include <string_view>

/// What both processes of the pretend runner do to themselves when they start.
namespace scaleset::simulator::pretend {

/// An environment variable; empty: not set.
[[nodiscard]] std::string variable(char const* name);
/// Whether it is set to 1 or true.
[[nodiscard]] bool is_set(char const* name);
/// ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT
[[nodiscard]] bool prints_log();

/// The value of ACTIONS_RUNNER_INPUT_`name`. All variables of that prefix are wiped and removed, as
/// the real runner does: nothing the job starts shall see them, not even in /proc.
[[nodiscard]] std::string take_input(std::string_view name);

/// What ps shows instead of the file's name; at most 15 characters.
void set_process_name(char const* name);

}  // namespace scaleset::simulator::pretend
