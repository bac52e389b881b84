#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace scaleset::base {

/// Changes the letters A to Z only, whatever the locale says.
[[nodiscard]] constexpr char ascii_lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}
[[nodiscard]] inline std::string ascii_lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char letter) { return ascii_lower(letter); });
  return result;
}

/// Whether it is one of the letters A to Z, in either case, a digit or an underscore.
[[nodiscard]] constexpr bool is_ascii_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace scaleset::base
