#include "cli/seconds_flag.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>

#include "base/seconds.hpp"

namespace scaleset::cli {
namespace {

/// NaN if the text is no number.
double number_in(std::string const& text) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double number = kNone;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : kNone;
}

}  // namespace

CLI::Option* add_seconds(CLI::App& command, std::string const& flag,
                         std::chrono::milliseconds& target, std::string const& help,
                         std::chrono::milliseconds least) {
  auto const keep = [flag, &target, least](std::string const& text) {
    double const seconds = number_in(text);
    auto time = base::milliseconds_from_seconds(seconds, flag, least);
    if (time && *time == std::chrono::milliseconds(0) && seconds > 0)
      time = fail(ErrorCode::invalid_argument,
                  flag + " must be 0, or a number of seconds from 0.001 to " +
                      base::seconds_text(base::kLongestTime));
    // CLI11 reports what a callback throws like its own errors.
    if (!time) throw CLI::ValidationError(time.error().message, CLI::ExitCodes::ValidationError);
    target = *time;
  };
  return command
      .add_option_function<std::string>(flag, keep, help + " [" + base::seconds_text(target) + "]")
      ->type_name("SECONDS");
}

}  // namespace scaleset::cli
