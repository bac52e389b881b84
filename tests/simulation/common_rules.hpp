#pragma once

#include "fleet/runner.hpp"
#include "scaleset/async/transport.hpp"
#include "seeded_random.hpp"
#include "simulator/front/front.hpp"

/// What a World and a Company share.
namespace scaleset::simulation {

/// As Fleet counts them: Counts::useful().
[[nodiscard]] bool is_useful(fleet::Runner const& runner);

[[nodiscard]] bool deletes_a_scale_set(HttpRequest const& request);

/// A fault of any kind, on all routes, with some probability.
[[nodiscard]] simulator::Fault some_fault(SeededRandom& random);

}  // namespace scaleset::simulation
