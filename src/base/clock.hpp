#pragma once

#include <memory>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

/// The machine's clocks.
[[nodiscard]] std::shared_ptr<Clock> system_clock();
/// Seeded from the system's random device. Thread-safe. For jitter and names, not for keys.
[[nodiscard]] std::shared_ptr<RandomSource> system_random();

}  // namespace scaleset::base
