#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// Scale sets and runner groups.
namespace scaleset::simulator {

[[nodiscard]] http::ServerResponse find_scale_set(AdminVisit const& visit);     // E4
[[nodiscard]] http::ServerResponse get_scale_set(AdminVisit const& visit);      // E5
[[nodiscard]] http::ServerResponse create_scale_set(AdminVisit const& visit);   // E6
[[nodiscard]] http::ServerResponse update_scale_set(AdminVisit const& visit);   // E7
[[nodiscard]] http::ServerResponse delete_scale_set(AdminVisit const& visit);   // E8
[[nodiscard]] http::ServerResponse find_runner_group(AdminVisit const& visit);  // E9

}  // namespace scaleset::simulator
