#pragma once

namespace scaleset::base {

/// From now on this process leaves no core dump, and no other process of its user can read its
/// memory: tokens and keys are in it. Programs that it starts are not concerned. Its folder in
/// /proc belongs to root then, so that only root can read its environment there.
void forbid_core_dumps() noexcept;

}  // namespace scaleset::base
