#pragma once

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/live_model.hpp"

namespace scaleset::simulator {

/// DELETE /_sim/sessions/{id} -> 204; 404. The owner of a live session sees what an eviction by the
///   service looks like.
[[nodiscard]] http::ServerResponse control_end_session(Call const& call, LiveModel& live);

}  // namespace scaleset::simulator
