#pragma once

#include <optional>
#include <string>

#include "scaleset/secret.hpp"

namespace scaleset::cli {

/// Takes a secret out of the environment: afterwards neither getenv() nor /proc/PID/environ shows
/// it. Without surrounding white space. No value: not set or blank. Before any thread is started.
[[nodiscard]] std::optional<Secret> take_secret_from_environment(char const* name);

}  // namespace scaleset::cli
