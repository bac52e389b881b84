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

}  // namespace scaleset::base
