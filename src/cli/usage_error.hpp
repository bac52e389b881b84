#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace scaleset::cli {

/// What CLI11 could not read.
struct UsageProblems {
  /// One for each mistake, for complain(). Each names the word or the flag, or the variable if the
  /// value came from the environment.
  std::vector<std::string> texts;
  /// False if the arguments ended in the middle: what was not read may still be there.
  bool all_read = true;
};

/// Everything that is wrong with the arguments that app.parse() refused with `error`. Names each
/// word or flag that is not known, where it stands and the nearest known one. Never repeats the
/// value of an unknown flag, or a word that looks like a token, because it may be a secret.
[[nodiscard]] UsageProblems usage_problems(CLI::App& app, CLI::ParseError const& error);

}  // namespace scaleset::cli
