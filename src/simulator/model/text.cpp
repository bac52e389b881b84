#include "simulator/model/text.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/edit_distance.hpp"

namespace scaleset::simulator {
std::string lower(std::string_view text) { return base::ascii_lower(text); }

bool equal_ignoring_case(std::string_view one, std::string_view other) noexcept {
  return std::ranges::equal(
      one, other, [](char a, char b) { return base::ascii_lower(a) == base::ascii_lower(b); });
}

bool is_repository(std::string_view tenant_key) noexcept {
  return tenant_key.find('/') != std::string_view::npos && !tenant_key.starts_with("enterprises/");
}

std::string unknown_field(std::string_view given, std::span<std::string_view const> names) {
  constexpr std::size_t kLongestGuess = 100;
  std::string text = "is not a field of this";
  if (names.empty() || given.size() > kLongestGuess) return text;
  auto const nearest = std::ranges::min_element(names, {}, [&](std::string_view name) {
    return base::edit_distance(lower(name), lower(given));
  });
  return text.append("; the nearest is \"").append(*nearest).append("\"");
}

}  // namespace scaleset::simulator
