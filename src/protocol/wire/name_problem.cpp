#include "protocol/wire/name_problem.hpp"

#include <algorithm>

#include "base/json_text.hpp"

namespace scaleset::protocol {

bool has_control_characters(std::string_view text) noexcept {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string name_problem(std::string_view name) {
  if (base::valid_utf8(name) != name) return "is not valid UTF-8";
  if (has_control_characters(name))
    return "contains control characters, such as a line feed; leave them out";
  if (name.starts_with(' ') || name.ends_with(' '))
    return "begins or ends with a space; leave it out";
  if (name.size() <= kLongestName) return "";
  return "is " + std::to_string(name.size()) + " bytes long; it may have " +
         std::to_string(kLongestName);
}

}  // namespace scaleset::protocol
