#pragma once

#include <optional>
#include <string>

#include "scaleset/secret.hpp"

namespace scaleset::cli {

/// Takes a secret out of the environment: afterwards neither getenv() nor /proc/PID/environ shows
/// it. The secret has no white space around it. Returns no value if it is not set or blank. Call
/// this before any thread is started.
[[nodiscard]] std::optional<Secret> take_secret_from_environment(char const* name);

}  // namespace scaleset::cli
