#pragma once

#include <cstddef>
#include <string_view>

namespace scaleset::base {

/// How many bytes must be inserted, removed, replaced or exchanged with the next one to make one
/// text the other; none of them twice. Takes time in proportion to the product of both lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace scaleset::base
