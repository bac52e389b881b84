#include "cli/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <vector>

#include "base/nearest.hpp"

namespace scaleset::cli {
namespace {

/// A word that was not expected, and the subcommand that it was given to.
struct Unknown {
  std::string word;
  CLI::App const* command;
  std::string path;  // "scaleset set"
};

/// Returns "--flag" for "--flag=value", so that a secret after "=" is not repeated in a message.
std::string without_value(std::string const& argument) {
  return argument.substr(0, argument.find('='));
}

bool may_be_a_secret(std::string const& word) {
  constexpr std::size_t kTokenLength = 40;  // of the oldest tokens, which have no prefix
  bool const has_prefix =
      word.starts_with("github_pat_") || (word.starts_with("gh") && word.find('_') == 3);
  return has_prefix || word.size() >= kTokenLength;
}

std::string shown(std::string const& word) {
  return may_be_a_secret(word) ? "(" + std::to_string(word.size()) + " characters)"
                               : "\"" + word + "\"";
}

/// The first word that any of the chosen subcommands did not expect.
Unknown first_unknown(CLI::App const& app) {
  Unknown unknown{"", &app, "scaleset"};
  for (;;) {
    auto const remaining = unknown.command->remaining();
    auto const chosen = unknown.command->get_subcommands();
    if (!remaining.empty()) {
      unknown.word = remaining.front();
      return unknown;
    }
    if (chosen.empty()) return unknown;
    unknown.command = chosen.front();
    unknown.path += " " + unknown.command->get_name();
  }
}

std::vector<std::string> subcommands_of(CLI::App const& command) {
  std::vector<std::string> names;
  for (auto const* below : command.get_subcommands({})) names.push_back(below->get_name());
  return names;
}

std::vector<std::string> flags_of(CLI::App const& command) {
  std::vector<std::string> names;
  for (auto const* option : command.get_options()) {
    for (std::string const& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// What follows the name of an unknown word: the nearest known one, if there is one, and `help`, a
/// clause that begins with a small letter.
std::string advice(std::string const& word, std::vector<std::string> const& known,
                   std::string help) {
  std::string const near = base::nearest(word, known);
  if (near.empty()) return "; " + help;
  help.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(help.front())));
  return "; did you mean " + near + "? " + help;
}

std::string joined(std::vector<std::string> const& names) {
  std::string all;
  for (std::string const& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

/// The path of the chosen subcommand below, if that has the flag; else nothing.
std::string owner_below(Unknown const& unknown, std::string const& flag) {
  auto const* command = unknown.command;
  std::string path = unknown.path;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    path += " " + command->get_name();
    auto const flags = flags_of(*command);
    if (std::ranges::find(flags, flag) != flags.end()) return path;
  }
  return "";
}

std::string describe_flag(Unknown const& unknown) {
  std::string const flag = without_value(unknown.word);
  // Flags that people know from GitHub's programs.
  if (flag == "--token" || flag == "--app-private-key") {
    return "there is no flag " + flag +
           ", because every user of this machine can see the command line; use " + flag +
           "-file FILE" + (flag == "--token" ? ", or the environment variable GITHUB_TOKEN" : "");
  }
  if (std::string const owner = owner_below(unknown, flag); !owner.empty())
    return flag + " is a flag of `" + owner + "`; give it after these words";
  return "unknown flag " + flag +
         advice(flag, flags_of(*unknown.command), "see " + unknown.path + " --help");
}

std::string describe_word(Unknown const& unknown) {
  auto const known = subcommands_of(*unknown.command);
  if (known.empty() || !unknown.command->get_subcommands().empty())
    return "unexpected argument " + shown(unknown.word) + "; see " + unknown.path + " --help";
  return unknown.path + " has no subcommand " + shown(unknown.word) +
         advice(unknown.word, known, "it has: " + joined(known));
}

/// The variable from which the flag that begins the message has its value; empty if it was typed.
std::string variable_behind(CLI::App const& command, std::string const& message) {
  std::string const flag = message.substr(0, message.find_first_of(": "));
  auto const* const option = flag.starts_with("--") ? command.get_option_no_throw(flag) : nullptr;
  if (option == nullptr || option->get_envname().empty()) return "";
  auto const& typed = command.parse_order();
  if (std::ranges::find(typed, option) != typed.end()) return "";
  return std::getenv(option->get_envname().c_str()) == nullptr ? "" : option->get_envname();
}

}  // namespace

std::string describe_usage_error(CLI::App const& app, CLI::ParseError const& error) {
  bool const extra = dynamic_cast<CLI::ExtrasError const*>(&error) != nullptr;
  bool const required = dynamic_cast<CLI::RequiredError const*>(&error) != nullptr;
  Unknown const unknown = first_unknown(app);
  // What is missing is often what could not be read.
  if ((extra || required) && !unknown.word.empty())
    return unknown.word.starts_with('-') ? describe_flag(unknown) : describe_word(unknown);
  auto const known = subcommands_of(*unknown.command);
  if (required && !known.empty()) return unknown.path + " needs a subcommand: " + joined(known);
  // Of a switch, as in --tls=maybe. Not with what(), which repeats the value.
  if (dynamic_cast<CLI::ConversionError const*>(&error) != nullptr) {
    std::string const text = error.what();
    auto const flag = text.find("--");
    if (flag != std::string::npos)
      return text.substr(flag, text.find(' ', flag) - flag) + " takes no value";
  }
  std::string message = error.what();
  std::ranges::replace(message, '\n', ' ');
  std::string const variable = variable_behind(*unknown.command, message);
  return variable.empty() ? message : "the environment variable " + variable + ": " + message;
}

}  // namespace scaleset::cli
