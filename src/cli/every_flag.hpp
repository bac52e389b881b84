#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaleset::cli {

/// Calls `visit` with every option of `app` and of all subcommands below it, positional arguments
/// included. `path` is "set create"; empty for `app` itself.
void for_every_option(
    CLI::App& app, std::function<void(std::string const& path, CLI::Option& option)> const& visit);

/// Makes every option and positional argument refuse an empty or blank value while parsing.
void refuse_blank_values(CLI::App& app);

/// "--url" if an argument is "--url=", which CLI11 would read as `--url` with the next argument as
/// its value; else nothing.
[[nodiscard]] std::string flag_without_value(int argc, char const* const* argv);

/// Lets the flags of every subcommand that calls the service also be read from the environment, as
/// SCALESET_FLAG_NAME. Not those, except for `run`, that say which one thing the call is about or
/// what becomes of it (--id, --name, --labels, ...): they are meant for one call, and a variable
/// that is set for `run` must not change or delete anything.
void read_flags_from_environment(CLI::App& app);

/// Whether that flag of that subcommand is read from the environment.
[[nodiscard]] bool is_read_from_environment(std::string const& path, std::string const& flag);

}  // namespace scaleset::cli
