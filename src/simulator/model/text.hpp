#pragma once

#include <string>
#include <string_view>

namespace scaleset::simulator {

/// ASCII only, which is all that names compared without regard to case may differ in here.
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view one, std::string_view other) noexcept;

/// Of a tenant's key: "o/r", but not "enterprises/e".
[[nodiscard]] bool is_repository(std::string_view tenant_key) noexcept;

}  // namespace scaleset::simulator
