#include "base/header_lookup.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace scaleset::base {
std::string_view find_header(HeaderList const& headers, std::string_view name) noexcept {
  for (auto const& [key, value] : headers) {
    // Header names are ASCII.
    auto const lower = [](char letter) { return ascii_lower(letter); };
    if (std::ranges::equal(key, name, {}, lower, lower)) return value;
  }
  return {};
}

}  // namespace scaleset::base
