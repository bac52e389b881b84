#pragma once

#include <cstdint>

#include "simulator/front/faults/fault.hpp"
#include "simulator/front/faults/latency.hpp"
#include "simulator/front/faults/rate_limit.hpp"
#include "simulator/front/faults/repeats.hpp"

namespace scaleset::simulator {

/// All that is set to go wrong. None of it is kept in the state file.
struct Trouble {
  /// The same seed and the same calls give the same hits and latencies.
  explicit Trouble(std::uint64_t seed) : faults(seed), latencies(seed) {}
  Faults faults;
  Latencies latencies;
  RateLimits rate_limits;
  Repeats repeats;
};

}  // namespace scaleset::simulator
