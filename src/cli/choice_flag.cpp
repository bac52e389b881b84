#include "cli/choice_flag.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/given.hpp"

namespace scaleset::cli {

CLI::Option* add_choice(CLI::App& command, std::string const& flag,
                        std::vector<std::string> const& words, std::string& target,
                        std::string const& help) {
  auto const keep = [flag, words, &target](std::string const& text) {
    // CLI11 reports what a callback throws like its own errors.
    if (std::ranges::find(words, text) == words.end())
      throw CLI::ValidationError(flag + " must be " + listed(words, "or"),
                                 CLI::ExitCodes::ValidationError);
    target = text;
  };
  return command.add_option_function<std::string>(flag, keep, help)->type_name("WORD");
}

}  // namespace scaleset::cli
