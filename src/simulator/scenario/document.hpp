#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"

/// A scenario file, TOML or JSON, as one kind of tree.
namespace scaleset::simulator {

enum class ScenarioFormat : std::uint8_t { toml, json };

struct Document {
  boost::json::object root;
  /// The line at which each element of the list `event` begins. Empty for JSON.
  std::vector<std::size_t> event_lines;
};

/// TOML's dates and times are refused, since no field takes one. Errors: invalid_argument; the text
/// begins with the line where it is known, "12: ...".
[[nodiscard]] Result<Document> read_document(std::string_view text, ScenarioFormat format);

}  // namespace scaleset::simulator
