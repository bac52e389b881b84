#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

/// What people paste where a token belongs, taken apart without ever showing any of it.
namespace scaleset::base {

/// The text without a byte order mark (UTF-8) at its beginning and without white space around it.
[[nodiscard]] std::string_view without_surroundings(std::string_view text);

/// A file with a secret is no larger.
inline constexpr std::size_t kLargestSecret = 64U << 10U;

/// The secret that a text holds, without its surroundings. `source` is what the error calls it.
/// Errors: io, if there is none.
[[nodiscard]] Result<Secret> secret_in(std::string_view text, std::string const& source);

/// Whether the text was saved as UTF-16: it begins with that byte order mark, or every other one of
/// its first bytes is zero.
[[nodiscard]] bool looks_like_utf16(std::string_view text);

/// What is wrong with a text that is to be sent as a token (`Authorization: Bearer TOKEN`), as a
/// clause that follows the name of its source: "is blank: ...". Empty: nothing is wrong. Has none
/// of the text in it.
[[nodiscard]] std::string token_problem(std::string_view text);

}  // namespace scaleset::base
