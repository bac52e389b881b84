#pragma once

#include <utility>
#include <vector>

#include "backends/docker/engine_link.hpp"
#include "backends/docker/findings.hpp"

namespace scaleset::backends::docker {

/// A container, and which of the runner's programs it has.
using Look = std::pair<Container, Programs>;

/// Lists the containers that have these labels, and looks into those that run, 16 at a time. If the
/// look into one fails, nothing is known of its programs. `link` and `scope` outlive the task.
[[nodiscard]] Task<std::vector<Look>> look_at_containers(EngineLink* link, async::TaskScope* scope,
                                                         Labels labels);

}  // namespace scaleset::backends::docker
