#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace scaleset::cli {

/// A warning for each variable of the environment (a list of "NAME=VALUE" that ends with null) that
/// begins with SCALESET_ and that no subcommand reads, with the nearest one that is read. None if
/// the chosen subcommand reads no variables. `app` must have parsed its arguments.
[[nodiscard]] std::vector<std::string> unknown_variables(CLI::App& app,
                                                         char const* const* environment);

}  // namespace scaleset::cli
