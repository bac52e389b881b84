#pragma once

#include "http/server.hpp"
#include "simulator/front/faults/fault.hpp"

namespace scaleset::simulator {

/// The answer of a fault without a kind: its status, headers and body as they were given.
[[nodiscard]] http::ServerResponse own_answer(Fault const& fault);

}  // namespace scaleset::simulator
