#include "cli/seconds_flag.hpp"

#include <CLI/CLI.hpp>

#include "base/seconds.hpp"

namespace scaleset::cli {

CLI::Option* add_seconds(CLI::App& command, std::string const& flag,
                         std::chrono::milliseconds& target, std::string const& help,
                         std::chrono::milliseconds least) {
  auto const keep = [flag, &target, least](double const& seconds) {
    auto const time = base::milliseconds_from_seconds(seconds, flag, least);
    // CLI11 reports what a callback throws like its own errors.
    if (!time) throw CLI::ValidationError(time.error().message, CLI::ExitCodes::ValidationError);
    target = *time;
  };
  return command.add_option_function<double>(flag, keep,
                                             help + " [" + base::seconds_text(target) + "]");
}

}  // namespace scaleset::cli
