#pragma once

#include <string>
#include <string_view>

/// What people paste where a token belongs, taken apart without ever showing any of it.
namespace scaleset::base {

/// The text without a byte order mark (UTF-8) at its beginning and without white space around it.
[[nodiscard]] std::string_view without_surroundings(std::string_view text);

/// Whether the text was saved as UTF-16: it begins with that byte order mark, or every other one of
/// its first bytes is zero.
[[nodiscard]] bool looks_like_utf16(std::string_view text);

/// What is wrong with a text that is to be sent as a token (`Authorization: Bearer TOKEN`), as a
/// clause that follows the name of its source: "is blank: ...". Empty: nothing is wrong. Has none
/// of the text in it.
[[nodiscard]] std::string token_problem(std::string_view text);

}  // namespace scaleset::base
