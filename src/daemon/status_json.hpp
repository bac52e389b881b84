#pragma once

#include <string>

#include "daemon/snapshot.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// What `scaleset status` shows, as JSON: {"version":...,"processId":...,"sets":[...]}. `now` is
/// when the snapshot was taken. It holds nothing that is secret.
[[nodiscard]] std::string status_json(Snapshot const& snapshot, Now const& now, int process_id);

}  // namespace scaleset::daemon
