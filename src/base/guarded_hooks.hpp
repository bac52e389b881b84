#pragma once

#include "scaleset/hooks.hpp"

namespace scaleset::base {

/// The hooks as the library calls them: what a hook throws ends there and is logged once for each
/// hook (a log sink's own exceptions cannot be). A clock that throws is replaced by the system's
/// for that moment, a random source by its middle. A null clock or random source becomes the
/// system's; a null log or metrics sink stays null.
[[nodiscard]] Hooks guarded_hooks(Hooks hooks);

}  // namespace scaleset::base
