#include "cli/number_flag.hpp"

#include <CLI/CLI.hpp>

#include "base/whole_number.hpp"

namespace scaleset::cli {
namespace {

std::string describe(NumberRange range) {
  std::string const least = std::to_string(range.least);
  if (range.most >= kId.most) return "a whole number, " + least + " or more";
  return "a whole number from " + least + " to " + std::to_string(range.most);
}

}  // namespace

CLI::Option* add_number(CLI::App& command, std::string const& flag, NumberRange range,
                        std::function<void(std::uint64_t)> keep, std::string const& help) {
  auto const read = [flag, range, keep = std::move(keep)](std::string const& text) {
    auto const number = base::whole_number<std::uint64_t>(text);
    // CLI11 reports what a callback throws like its own errors.
    if (!number || *number < range.least || *number > range.most)
      throw CLI::ValidationError(flag + " must be " + describe(range),
                                 CLI::ExitCodes::ValidationError);
    keep(*number);
  };
  return command.add_option_function<std::string>(flag, read, help)->type_name("NUMBER");
}

}  // namespace scaleset::cli
