#pragma once

#include "config/daemon_config.hpp"
#include "config/spot.hpp"

/// Parts of contradictions_of() and warnings_of(). `file` is the whole file's place.
namespace scaleset::config {

/// Reports variables that would hand a secret of this program to runners.
void check_passed_variables(DaemonConfig const& config, Spot const& file);

/// Reports URLs of no organization, repository or enterprise, and names and labels that no scale
/// set can have.
void check_names_of_sets(DaemonConfig const& config, Spot const& file);

/// Reports tables and resources that no scale set uses, and keys that have no effect.
void warn_of_unused(DaemonConfig const& config, Spot const& file);

}  // namespace scaleset::config
