#pragma once

#include <filesystem>
#include <stop_token>

#include "backends/process/instance_record.hpp"
#include "backends/process/process_backend.hpp"
#include "base/file_lock.hpp"
#include "scaleset/error.hpp"

/// What the backend does on disk. These calls block, for as long as the disk takes: they belong on
/// a thread of their own.
namespace scaleset::backends {

/// Valid options with absolute paths, once the work folder's own folders are made. Errors:
/// invalid_options.
[[nodiscard]] Result<ProcessOptions> prepare_options(ProcessOptions const& options);

/// Keeps a work folder for one backend: no two may clear away each other's runners. Errors: those
/// of FileLock::acquire.
[[nodiscard]] Result<base::FileLock> lock_work_folder(std::filesystem::path const& work_root);

/// Makes everything a runner needs, the record first. Refuses what existed before: one JIT
/// configuration, one instance. A failure leaves nothing behind.
[[nodiscard]] Result<void> make_instance(std::filesystem::path const& runner_dir,
                                         InstancePaths const& paths);

/// Undoes all of it, the record last: kills what still runs with the folder's path in its
/// environment, wipes the folder. cancelled: asked to stop; what is left is found by its record.
/// Other errors leave the record as well.
[[nodiscard]] Result<void> clear_instance(InstancePaths const& paths, std::stop_token const& stop);

}  // namespace scaleset::backends
