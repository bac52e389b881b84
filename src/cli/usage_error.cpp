#include "cli/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "base/nearest.hpp"
#include "cli/given.hpp"

namespace scaleset::cli {
namespace {

/// A word that was not expected, and the subcommand that it was given to.
struct Unknown {
  std::string word;
  CLI::App const* command;
  std::string path;  // "scaleset set"
};

/// A chosen subcommand, or the program itself.
struct Chosen {
  CLI::App* command;
  std::string path;  // "scaleset set"
};

/// The program and the subcommands that were chosen, from the outermost.
std::vector<Chosen> chosen_in(CLI::App& app) {
  std::vector<Chosen> all{{&app, "scaleset"}};
  while (!all.back().command->get_subcommands().empty()) {
    auto* const below = all.back().command->get_subcommands().front();
    all.push_back({below, all.back().path + " " + below->get_name()});
  }
  return all;
}

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

/// The words that a subcommand did not expect. A word behind an unknown flag is left out: it is
/// most likely the flag's value. So is what follows a word that is no subcommand.
void add_unknown_words(Chosen const& chosen, std::vector<Unknown>& all) {
  bool const names_subcommand =
      !chosen.command->get_subcommands({}).empty() && chosen.command->get_subcommands().empty();
  bool behind_a_flag = false;
  for (std::string const& word : chosen.command->remaining()) {
    bool const flag = word.starts_with('-');
    if (flag || !behind_a_flag) all.push_back({word, chosen.command, chosen.path});
    behind_a_flag = flag && word.find('=') == std::string::npos;
    if (!flag && names_subcommand) return;
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

std::string describe(Unknown const& unknown) {
  return unknown.word.starts_with('-') ? describe_flag(unknown) : describe_word(unknown);
}

/// Of a flag without a value, as in --tls=maybe or SCALESET_ADOPT=maybe.
std::string describe_switch(CLI::Option const& option, std::string const& variable) {
  return variable.empty() ? option.get_name() + " takes no value"
                          : "the environment variable " + variable + " must be true or false";
}

/// What is wrong with the value of an option. Not with what() where that repeats the value.
std::string describe(CLI::App const& command, CLI::Option const& option,
                     CLI::ParseError const& error) {
  std::string const variable = is_typed(command, option) ? "" : option.get_envname();
  if (option.get_items_expected_max() == 0) return describe_switch(option, variable);
  if (dynamic_cast<CLI::ArgumentMismatch const*>(&error) != nullptr)
    return option.get_name() + " is given more than once; give it once";
  std::string message = error.what();
  std::ranges::replace(message, '\n', ' ');
  // What a validator says follows a colon, also where it continues the sentence.
  std::string const name = option.get_name();
  if (message.starts_with(name + ": is ")) message.erase(name.size(), 1);
  return variable.empty() ? message : "the environment variable " + variable + ": " + message;
}

/// Nothing, if the option has no value or a good one. CLI11 stops at the first bad value, so the
/// others are looked at here.
std::string problem_of(CLI::App const& command, CLI::Option& option) {
  if (option.count() == 0) return "";
  try {
    option.run_callback();
  } catch (CLI::Success const&) {
    return "";
  } catch (CLI::ParseError const& error) {
    return describe(command, option, error);
  }
  return "";
}

void add_bad_values(Chosen const& chosen, std::vector<std::string>& problems) {
  for (auto* option : chosen.command->get_options()) {
    std::string problem = problem_of(*chosen.command, *option);
    if (!problem.empty()) problems.push_back(std::move(problem));
  }
}

void add_missing(Chosen const& chosen, std::vector<std::string>& problems) {
  for (auto const* option : chosen.command->get_options()) {
    if (option->get_required() && option->count() == 0)
      problems.push_back(option->get_name() + " is required");
    for (auto const* other : option->get_needs()) {
      if (option->count() > 0 && other->count() == 0)
        problems.push_back(option->get_name() + " is only for use with " + other->get_name());
    }
  }
  auto const known = subcommands_of(*chosen.command);
  bool const lacks_one =
      chosen.command->get_require_subcommand_min() > 0 && chosen.command->get_subcommands().empty();
  if (lacks_one) problems.push_back(chosen.path + " needs a subcommand: " + joined(known));
}

/// Whether the text ended before the value of the last flag. Then CLI11 has not read the
/// environment.
bool is_cut_off(CLI::ParseError const& error) {
  return std::string_view(error.what()).ends_with(" missing");
}

std::string describe_cut_off(CLI::ParseError const& error) {
  std::string const text = error.what();
  return text.substr(0, text.find_first_of(": ")) + " needs a value";
}

}  // namespace

UsageProblems usage_problems(CLI::App& app, CLI::ParseError const& error) {
  UsageProblems found;
  found.all_read = !is_cut_off(error);
  auto const chosen = chosen_in(app);
  std::vector<Unknown> unknown;
  for (Chosen const& one : chosen) add_unknown_words(one, unknown);
  for (Unknown const& word : unknown) found.texts.push_back(describe(word));
  for (Chosen const& one : chosen) add_bad_values(one, found.texts);
  if (!found.all_read) found.texts.push_back(describe_cut_off(error));
  // What is missing is often what could not be read.
  if (unknown.empty() && found.all_read)
    for (Chosen const& one : chosen) add_missing(one, found.texts);
  if (found.texts.empty()) found.texts.emplace_back(error.what());
  return found;
}

}  // namespace scaleset::cli
