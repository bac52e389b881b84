#include "cli/mistakes.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/flag_names.hpp"
#include "cli/given.hpp"

namespace scaleset::cli {
namespace {

using Words = std::vector<std::string>;

bool contains(Words const& words, std::string const& word) {
  return std::ranges::find(words, word) != words.end();
}

bool share_one(Words const& some, Words const& others) {
  return std::ranges::any_of(some, [&](auto const& word) { return contains(others, word); });
}

Words flags_in_all(Words const& texts) {
  Words flags;
  for (std::string const& text : texts) {
    for (std::string& flag : flags_in(text)) flags.push_back(std::move(flag));
  }
  return flags;
}

/// " (SCALESET_URL sets --url)" for each of these flags that has its value from the environment.
std::string variables_behind(CLI::App const& app, Words const& flags) {
  std::string text;
  for (auto const* command = &app; command != nullptr;) {
    for (auto const* option : command->get_options()) {
      bool const meant = contains(flags, option->get_name()) && option->count() > 0;
      if (meant && !is_typed(*command, *option))
        text += " (" + option->get_envname() + " sets " + option->get_name() + ")";
    }
    auto const below = command->get_subcommands();
    command = below.empty() ? nullptr : below.front();
  }
  return text;
}

}  // namespace

std::vector<std::string> further_mistakes(CLI::App const& app, std::vector<std::string> const& said,
                                          std::vector<Error> const& found) {
  Words const unreadable = flags_in_all(said);
  Words messages;
  for (Error const& error : found) {
    std::string const text = with_flag_names(error.message);
    Words const flags = flags_in(text);
    if (share_one(flags, unreadable)) continue;
    std::string message = text + variables_behind(app, flags);
    if (!contains(messages, message)) messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace scaleset::cli
