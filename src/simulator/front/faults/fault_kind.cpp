#include "simulator/front/faults/fault_kind.hpp"

#include <algorithm>

namespace scaleset::simulator {

bool can_hit(FaultKind const& kind, std::string_view operation) noexcept {
  if (kind.routes == "*") return true;
  // The routes are a list in one text, separated by spaces, so that a table of kinds can be
  // constexpr.
  std::string_view rest = kind.routes;
  while (!rest.empty()) {
    std::size_t const space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == operation) return true;
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return false;
}

FaultKind const* kind_named(std::span<FaultKind const> kinds, std::string_view name) noexcept {
  auto const found = std::ranges::find(kinds, name, &FaultKind::name);
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace scaleset::simulator
