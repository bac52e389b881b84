#pragma once

#include "daemon/file_config.hpp"

namespace scaleset::cli {

/// What a configuration file of this process does not say.
[[nodiscard]] daemon::Surroundings surroundings();

}  // namespace scaleset::cli
