#pragma once

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// The control routes for what goes wrong and for what went over the wire: faults, latencies, rate
/// limits, transcript, and the end of a session. Described in control_api.hpp.
[[nodiscard]] http::ServerResponse answer_trouble_call(Service& service, Call const& call);

}  // namespace scaleset::simulator
