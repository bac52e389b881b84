#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scaleset/error.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaleset::cli {

enum class Case : std::uint8_t { matters, is_ignored };

/// The elements of a list that is separated by commas, without the white space around each. Errors:
/// invalid_argument; the text is a clause that follows the flag's name. An element is empty, or is
/// there twice.
[[nodiscard]] Result<std::vector<std::string>> read_list(std::string const& text, Case letter_case);

/// Adds a flag that takes such a list. `target` must outlive the parsing.
CLI::Option* add_list(CLI::App& command, std::string const& flag, Case letter_case,
                      std::vector<std::string>& target, std::string const& help);

}  // namespace scaleset::cli
