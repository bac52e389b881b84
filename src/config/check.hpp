#pragma once

#include <vector>

#include "config/load.hpp"

namespace scaleset::config {

/// What contradicts itself in a configuration, or names what is not there. A value that could not
/// be read has its default here, and is reported elsewhere.
[[nodiscard]] std::vector<Problem> contradictions_of(Loaded const& loaded);
/// What can be used and is hardly meant.
[[nodiscard]] std::vector<Problem> warnings_of(Loaded const& loaded);

}  // namespace scaleset::config
