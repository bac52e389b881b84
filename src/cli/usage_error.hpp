#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace scaleset::cli {

/// What is wrong with the arguments, for complain(). Names the word or flag that is not known,
/// where it stands and the nearest known one. Never repeats a flag's value, or a word that looks
/// like a token, because it may be a secret.
[[nodiscard]] std::string describe_usage_error(CLI::App const& app, CLI::ParseError const& error);

}  // namespace scaleset::cli
