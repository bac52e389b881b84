#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scaleset::protocol {

/// The most bytes of a label, which the name of a scale set is too (protocol.md 8).
inline constexpr std::size_t kLongestName = 256;

/// What keeps a text from being the name of a scale set, a runner group or a label, as a clause
/// behind what it is the name of: "is not valid UTF-8". Empty: nothing does.
[[nodiscard]] std::string name_problem(std::string_view name);

/// Whether there are control characters in it, such as a line feed.
[[nodiscard]] bool has_control_characters(std::string_view text) noexcept;

}  // namespace scaleset::protocol
