#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/toml_tree.hpp"

namespace scaleset::base {

/// What is open at a place of a TOML text, for messages about a text that cannot be read.
struct TomlScan {
  static constexpr std::size_t kNone = std::string_view::npos;

  std::size_t quote = kNone;          // where the text begins that has no end yet
  std::vector<std::size_t> brackets;  // where lists and tables in braces begin that have none yet
  std::string key;                    // of the value that is read, as it is written; may be empty
  std::size_t value = kNone;          // where that value or element begins
};
/// Looks at the first `end` bytes.
[[nodiscard]] TomlScan scan_toml(std::string_view text, std::size_t end);

/// Both count code points, as the library does.
[[nodiscard]] TextPosition position_in(std::string_view text, std::size_t offset);
[[nodiscard]] std::size_t offset_of(std::string_view text, TextPosition at);

}  // namespace scaleset::base
