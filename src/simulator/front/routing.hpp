#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/front/routes.hpp"

/// From a path to the row of the table of routes.
namespace scaleset::simulator {

struct FoundRoute {
  Route const* route;
  std::vector<std::string> segments;  // as in Call
  std::string service_id;             // as in Call
};

/// Finds the route of a path (without query). None: there is no such route. Everything is also
/// served below /api/v3, and one slash at the end makes no difference.
[[nodiscard]] std::optional<FoundRoute> find_route(std::string_view method, std::string_view path);
/// "GET, POST": the methods that the path has. Empty: there is no such path.
[[nodiscard]] std::string allowed_methods(std::string_view path);

/// A route as the documentation shows it: only {} is left of the placeholders. What is below the
/// Actions service's URL is shown below /rest, or below /_services/pipelines/{} if only the acquire
/// profile has it.
struct ServedRoute {
  std::string method;
  std::string path;
  Operation operation;
};
[[nodiscard]] std::vector<ServedRoute> served_routes();

}  // namespace scaleset::simulator
