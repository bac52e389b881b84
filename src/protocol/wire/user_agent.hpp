#pragma once

#include <string>

#include "scaleset/options.hpp"

namespace scaleset::protocol {

/// The value of every User-Agent header: compact JSON with the reference's keys in the reference's
/// order (protocol.md 4.2), so that GitHub's support finds what it is used to. The version is this
/// library's.
[[nodiscard]] std::string make_user_agent(SystemInfo const& info);

}  // namespace scaleset::protocol
