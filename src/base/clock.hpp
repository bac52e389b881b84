#pragma once

#include <memory>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

/// The machine's clocks.
[[nodiscard]] std::shared_ptr<Clock> system_clock();
/// A source for jitter and names, but not for keys. It is seeded from the system's random device.
/// Thread-safe.
[[nodiscard]] std::shared_ptr<RandomSource> system_random();

}  // namespace scaleset::base
