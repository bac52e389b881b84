#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// Runners as the owner of their scale set sees them.
namespace scaleset::simulator {

/// E13
[[nodiscard]] http::ServerResponse generate_jit_config(AdminVisit const& visit,
                                                       Credentials& credentials);
/// E15
[[nodiscard]] http::ServerResponse find_runner(AdminVisit const& visit);
[[nodiscard]] http::ServerResponse get_runner(AdminVisit const& visit);
[[nodiscard]] http::ServerResponse remove_runner(AdminVisit const& visit);

}  // namespace scaleset::simulator
