#pragma once

#include <cstdint>

#include "simulator/front/faults/repeats.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/credentials.hpp"
#include "simulator/front/parts/live_model.hpp"

namespace scaleset::simulator {

/// The call that a fault hits, and what its effect may need to know of the simulator.
struct Scene {
  LiveModel& live;
  Credentials& credentials;
  Repeats& repeats;
  Call& call;
  std::int64_t argument = 0;  // the value of the kind's parameter
};

}  // namespace scaleset::simulator
