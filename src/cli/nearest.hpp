#pragma once

#include <span>
#include <string>
#include <string_view>

namespace scaleset::cli {

/// Which of the known words was probably meant: the one that takes the fewest changes of single
/// letters, if that is at most a third of the word. Empty if there is none.
[[nodiscard]] std::string nearest(std::string_view word, std::span<std::string const> known);

}  // namespace scaleset::cli
