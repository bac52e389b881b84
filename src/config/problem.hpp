#pragma once

#include <string>
#include <string_view>

#include "base/toml_tree.hpp"

/// The configuration file of `scaleset run`.
namespace scaleset::config {

using Position = base::TextPosition;
using Value = base::TomlValue;
using Entry = base::TomlEntry;

/// Something that is wrong, or that a person should know, with its place in the file.
struct Problem {
  Position at;
  std::string message;  // one line
};
/// "FILE:LINE:COLUMN: message"; without the numbers if there is no place.
[[nodiscard]] std::string to_string(Problem const& problem, std::string_view file);

}  // namespace scaleset::config
