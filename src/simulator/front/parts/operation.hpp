#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/front/parts/fields.hpp"

namespace scaleset::simulator {

/// The part of the service that an operation belongs to.
enum class Area : std::uint8_t {
  rest,     // GitHub's REST API (E1 to E3, E19)
  actions,  // the Actions service and its message queue (E4 to E18)
  runner,   // what runners call (protocol.md 11.4)
  control,  // /_sim, which only a simulator has
};

/// What a request asks for. Several routes may have the same operation. Faults, latencies and rate
/// limits are set on its name.
struct Operation {
  Area area = Area::control;
  std::string_view name;  // "create_session"

  bool operator==(Operation const&) const = default;
};

/// Whether a route as faults, latencies and rate limits name it includes an operation of GitHub's
/// namespace. The route is the operation's name, "rest" (all of GitHub's REST API) or "*" (all of
/// GitHub's namespace).
[[nodiscard]] bool covers(std::string_view route, Operation operation) noexcept;

/// The names of all operations of GitHub's namespace: what a request may set a fault on.
class OperationNames {
 public:
  explicit OperationNames(std::vector<std::string_view> names) : names_(std::move(names)) {}
  [[nodiscard]] bool contains(std::string_view name) const noexcept;

 private:
  std::vector<std::string_view> names_;
};

/// Complains about a route that covers() would never match.
void check_route(Fields& fields, std::string_view route, OperationNames const& names);

}  // namespace scaleset::simulator
