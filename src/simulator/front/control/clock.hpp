#pragma once

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/live_model.hpp"

namespace scaleset::simulator {

/// GET /_sim/clock -> 200 {"now","virtual"}
[[nodiscard]] http::ServerResponse control_show_clock(Call const& call, LiveModel& live);
/// POST /_sim/clock/advance {"seconds":90}, which may have a fraction -> 200 {"now"}; 409 if the
///   clock is the machine's.
[[nodiscard]] http::ServerResponse control_advance_clock(Call const& call, LiveModel& live);

}  // namespace scaleset::simulator
