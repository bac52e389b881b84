#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"

/// One tree for both languages of scenario files.
namespace scaleset::simulator {

enum class ScenarioFormat : std::uint8_t { toml, json };

struct Document {
  boost::json::object root;
  /// Of the elements of the list `event`: the line each begins at, as far as that is known. JSON:
  /// no lines.
  std::vector<std::size_t> event_lines;
};

/// TOML's dates and times are refused: nothing here has any. Errors: invalid_argument; the text
/// begins with the line where it is known, "12: ...".
[[nodiscard]] Result<Document> read_document(std::string_view text, ScenarioFormat format);

}  // namespace scaleset::simulator
