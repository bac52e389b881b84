#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// E1 to E3: from the user's credential to the admin connection.
namespace scaleset::simulator {

/// E1. Checks the App's JWT as parts/apps.hpp says.
[[nodiscard]] http::ServerResponse installation_token(Call const& call, LiveModel& live,
                                                      Credentials& credentials);
/// E2. Takes any credential that is not empty. The token stands for one tenant, which is created if
/// it is new.
[[nodiscard]] http::ServerResponse registration_token(UserVisit const& visit,
                                                      Credentials& credentials);
/// E3. Takes the token of E2; the admin token is for the same tenant.
[[nodiscard]] http::ServerResponse admin_connection(Call const& call, LiveModel& live,
                                                    Credentials& credentials);

}  // namespace scaleset::simulator
