#include "base/header_lookup.hpp"

#include <algorithm>

namespace scaleset::base {
namespace {

// Not std::tolower, which depends on the locale. Header names are ASCII.
char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

}  // namespace

std::string_view find_header(HeaderList const& headers, std::string_view name) noexcept {
  for (auto const& [key, value] : headers) {
    if (std::ranges::equal(key, name, {}, lower, lower)) return value;
  }
  return {};
}

}  // namespace scaleset::base
