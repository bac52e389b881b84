#pragma once

#include <string>
#include <string_view>

namespace scaleset::simulator {

/// ASCII only, which is all that names compared without regard to case may differ in here.
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view one, std::string_view other) noexcept;

}  // namespace scaleset::simulator
