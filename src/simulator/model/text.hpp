#pragma once

#include <string>
#include <string_view>

namespace scaleset::simulator {

/// Changes ASCII letters only. Names that differ in the case of other letters count as different.
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view one, std::string_view other) noexcept;

/// Whether a tenant's key names a repository: "o/r", but not "enterprises/e".
[[nodiscard]] bool is_repository(std::string_view tenant_key) noexcept;

}  // namespace scaleset::simulator
