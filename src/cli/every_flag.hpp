#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaleset::cli {

/// Calls `visit` with every option of `app` and of all subcommands below it, positional arguments
/// included. `path` is "set create"; empty for `app` itself.
void for_every_option(
    CLI::App& app, std::function<void(std::string const& path, CLI::Option& option)> const& visit);

/// Makes every option and positional argument refuse a value that is blank or has control
/// characters while parsing. Shell commands may have line feeds.
void refuse_unusable_values(CLI::App& app);

/// The arguments without the program's name. "--url=" becomes two, the second one empty: CLI11
/// would read it as `--url` with the next argument as its value.
[[nodiscard]] std::vector<std::string> words_of(int argc, char const* const* argv);

/// Lets the flags of every subcommand that calls the service also be read from the environment, as
/// SCALESET_FLAG_NAME. Not those, except for `run`, that say which one thing the call is about or
/// what becomes of it (--id, --name, --labels, ...): they are meant for one call, and a variable
/// that is set for `run` must not change or delete anything.
void read_flags_from_environment(CLI::App& app);

/// The variable from which that flag of that subcommand is read; empty if there is none.
[[nodiscard]] std::string variable_of(std::string const& path, std::string const& flag);

/// CLI11 reads the variables of all subcommands, and so would refuse any command line because of a
/// wrong value that is meant for another subcommand. So this takes the variables from every option
/// outside of `chosen`.
void forget_other_variables(CLI::App& chosen);

}  // namespace scaleset::cli
