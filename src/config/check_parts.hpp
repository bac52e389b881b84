#pragma once

#include "config/daemon_config.hpp"
#include "config/spot.hpp"

/// Parts of contradictions_of(). `file` is the whole file's place.
namespace scaleset::config {

/// Reports variables that would hand a secret of this program to runners.
void check_passed_variables(DaemonConfig const& config, Spot const& file);

}  // namespace scaleset::config
