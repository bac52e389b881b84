#include "simulator/front/parts/call.hpp"

#include <algorithm>

#include "base/header_lookup.hpp"
#include "base/whole_number.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {

std::string Call::parameter(std::string_view name) const {
  for (auto const& [key, value] : query) {
    if (key == name) return value;
  }
  return "";
}

std::string_view Call::header(std::string_view name) const noexcept {
  return base::find_header(headers, name);
}

std::string_view Call::credential(std::string_view scheme) const noexcept {
  std::string_view value = header("Authorization");
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return {};
  // Schemes are not case-sensitive in HTTP.
  if (!equal_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(scheme.size());
  return value.substr(std::min(value.find_first_not_of(' '), value.size()));
}

std::int64_t Call::number(std::size_t index) const noexcept {
  // -1 is nobody's id, so the caller answers "not found" without a check of its own.
  return base::whole_number<std::int64_t>(segments[index]).value_or(-1);
}

}  // namespace scaleset::simulator
