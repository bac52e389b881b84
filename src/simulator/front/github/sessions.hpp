#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// Message sessions (E10 to E12).
namespace scaleset::simulator {

[[nodiscard]] http::ServerResponse create_session(AdminVisit const& visit,
                                                  Credentials& credentials);
[[nodiscard]] http::ServerResponse refresh_session(AdminVisit const& visit,
                                                   Credentials& credentials);
[[nodiscard]] http::ServerResponse delete_session(AdminVisit const& visit);

}  // namespace scaleset::simulator
