#pragma once

#include <cstddef>
#include <string_view>

namespace scaleset::base {

/// How many bytes must be inserted, removed or replaced to make one text the other (Levenshtein's
/// distance). Takes time in proportion to the product of both lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace scaleset::base
