#pragma once

#include <string>
#include <vector>

#include "scaleset/error.hpp"

namespace CLI {
class App;
}

namespace scaleset::cli {

/// The messages for what a subcommand found wrong with its arguments. `said` is what was already
/// said of values that could not be read: what mentions one of their flags is left out, since it
/// may follow from that. A message about a flag whose value came from the environment names the
/// variable. Each message is there once.
[[nodiscard]] std::vector<std::string> further_mistakes(CLI::App const& app,
                                                        std::vector<std::string> const& said,
                                                        std::vector<Error> const& found);

}  // namespace scaleset::cli
