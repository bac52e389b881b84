#pragma once

#include <span>
#include <string>
#include <string_view>

namespace scaleset::base {

/// Returns the known word that was probably meant: the one that differs in the fewest letters.
/// Returns an empty text if every known word differs in more than a third of the letters.
[[nodiscard]] std::string nearest(std::string_view word, std::span<std::string const> known);

}  // namespace scaleset::base
