#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace scaleset::base {

/// The number that the text consists of, in decimal digits, for integers with a '-' before them;
/// nothing if there is anything else in the text, or if the number does not fit.
template <class Number>
[[nodiscard]] std::optional<Number> whole_number(std::string_view text) noexcept {
  Number number{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace scaleset::base
