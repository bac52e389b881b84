#include "simulator/front/parts/operation.hpp"

#include <algorithm>

namespace scaleset::simulator {

bool covers(std::string_view route, Operation operation) noexcept {
  return route == "*" || route == operation.name ||
         (route == "rest" && operation.area == Area::rest);
}

bool OperationNames::contains(std::string_view name) const noexcept {
  return std::ranges::find(names_, name) != names_.end();
}

void check_route(Fields& fields, std::string_view route, OperationNames const& names) {
  if (route == "*" || route == "rest" || names.contains(route)) return;
  fields.complain("route",
                  "must be \"*\", \"rest\" or the name of an operation, such as \"get_message\"");
}

}  // namespace scaleset::simulator
