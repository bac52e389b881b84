#pragma once

#include <vector>

#include "backends/process/instance_record.hpp"
#include "backends/process/process_backend.hpp"
#include "backends/process/runner_programs.hpp"
#include "base/log.hpp"
#include "scaleset/error.hpp"

/// What an earlier process has left on this machine.
namespace scaleset::backends {

struct LeftBehind {
  std::vector<FoundRecord> records;  // of the work folder
  std::vector<FoundRecord> old;      // of that of an earlier version
};
/// Reads all records. A runner that lives in the work folder without a record is found by its
/// processes, since they have the folder in their environment, and gets a record again. Blocks.
/// Errors: backend.
[[nodiscard]] Result<LeftBehind> find_left_behind(ProcessOptions const& options,
                                                  base::Logger const& log);

/// The runners below the work folder that live and are not among the `known`. One without a process
/// in its record has programs, but not the listener by which we could watch it. Pure.
[[nodiscard]] std::vector<FoundRecord> find_unrecorded(ProcessView const& processes,
                                                       ProcessOptions const& options,
                                                       std::vector<FoundRecord> const& known);

}  // namespace scaleset::backends
