#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaleset::cli {

/// Whether the option stands on the command line. False if it was not given, or if its value came
/// from the environment.
[[nodiscard]] bool is_typed(CLI::App const& command, CLI::Option const& option);

/// Those of the options that have a value. The command line goes before the environment: if any of
/// them is typed, only those that are.
[[nodiscard]] std::vector<CLI::Option*> given(CLI::App const& command,
                                              std::vector<CLI::Option*> const& options);

/// What a message calls an option that has a value: "--url", or SCALESET_URL if the value came from
/// there.
[[nodiscard]] std::string source_of(CLI::App const& command, CLI::Option const& option);

/// "a", "a or b", "a, b or c".
[[nodiscard]] std::string listed(std::vector<std::string> const& words, std::string const& last);

/// The flags that a text names, such as "--url", each once.
[[nodiscard]] std::vector<std::string> flags_in(std::string const& text);

}  // namespace scaleset::cli
