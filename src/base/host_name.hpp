#pragma once

#include <string>

namespace scaleset::base {

/// This machine's name, for people to read; "unknown-host" if the system tells none.
[[nodiscard]] std::string host_name();

}  // namespace scaleset::base
