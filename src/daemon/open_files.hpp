#pragma once

#include <cstdint>
#include <string>

#include "daemon/house_config.hpp"

namespace scaleset::daemon {

/// What is said of a limit of open files that is too low for as many runners as are configured:
/// one line, or nothing. It is an estimate; nothing is refused because of it.
[[nodiscard]] std::string open_files_warning(std::uint64_t limit, HouseConfig const& config);

}  // namespace scaleset::daemon
