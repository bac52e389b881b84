#pragma once

#include <string>
#include <string_view>

/// What both processes of the pretend runner do to themselves when they start.
namespace scaleset::simulator::pretend {

/// An environment variable; empty if it is not set.
[[nodiscard]] std::string variable(char const* name);
/// Whether it is set to 1 or true.
[[nodiscard]] bool is_set(char const* name);
/// ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT
[[nodiscard]] bool prints_log();

/// The value of ACTIONS_RUNNER_INPUT_`name`. Like the real runner, wipes and removes all variables
/// with that prefix: nothing that the job starts may see them, not even in /proc.
[[nodiscard]] std::string take_input(std::string_view name);

/// What ps shows instead of the file's name; at most 15 characters.
void set_process_name(char const* name);

}  // namespace scaleset::simulator::pretend
