#pragma once

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// E1 to E3: from the user's credential to the admin connection.
///
/// E1 checks the App's JWT as apps.hpp says, E2 takes any credential that is not empty. The
/// registration token and, after it, the admin token stand for one tenant, which E2 brings into
/// being.
[[nodiscard]] http::ServerResponse answer_rest_call(Service& service, Call const& call);

}  // namespace scaleset::simulator
