#pragma once

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// E4 to E9, E13, E15, E18: everything that needs an admin token and no session.
[[nodiscard]] http::ServerResponse answer_scale_set_call(Service& service, Call const& call);

}  // namespace scaleset::simulator
