#include "simulator/model/text.hpp"

#include <algorithm>

namespace scaleset::simulator {
namespace {

/// For ASCII only, whatever the locale says.
char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result) letter = lower(letter);
  return result;
}

bool equal_ignoring_case(std::string_view one, std::string_view other) noexcept {
  return std::ranges::equal(one, other, [](char a, char b) { return lower(a) == lower(b); });
}

bool is_repository(std::string_view tenant_key) noexcept {
  return tenant_key.find('/') != std::string_view::npos && !tenant_key.starts_with("enterprises/");
}

}  // namespace scaleset::simulator
