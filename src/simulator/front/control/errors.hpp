#pragma once

#include <string_view>

#include "http/server.hpp"

namespace scaleset::simulator {

/// What every control route answers when it refuses: {"error":"count: must be at least 1"}
[[nodiscard]] http::ServerResponse control_error(int status, std::string_view message);

}  // namespace scaleset::simulator
