#pragma once

#include <span>
#include <string>
#include <string_view>

namespace scaleset::simulator {

/// Changes ASCII letters only. Names that differ in the case of other letters count as different.
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view one, std::string_view other) noexcept;

/// Whether a tenant's key names a repository: "o/r", but not "enterprises/e".
[[nodiscard]] bool is_repository(std::string_view tenant_key) noexcept;

/// What is wrong with a field that none of the `names` is, with the nearest of them, unless the
/// given name is too long for a misspelt one.
[[nodiscard]] std::string unknown_field(std::string_view given,
                                        std::span<std::string_view const> names);

}  // namespace scaleset::simulator
