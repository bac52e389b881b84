#pragma once

#include <filesystem>
#include <stop_token>

#include "backends/process/instance_record.hpp"
#include "backends/process/process_backend.hpp"
#include "base/file_lock.hpp"
#include "scaleset/error.hpp"

/// What the backend does on disk. These calls block for as long as the disk takes, and so must not
/// run on the loop's thread.
namespace scaleset::backends {

/// Creates the work folder. The result has absolute paths. Errors: invalid_options.
[[nodiscard]] Result<ProcessOptions> prepare_options(ProcessOptions const& options);

/// Locks a work folder for one backend, so that no other one removes its runners. Errors: those of
/// FileLock::acquire.
[[nodiscard]] Result<base::FileLock> lock_work_folder(std::filesystem::path const& work_root);

/// Of a runner that lives: by its record the next start finds it.
struct LivingRunner {
  InstancePaths paths;
  InstanceRecord record;
};
/// Makes a work folder again that somebody has removed or replaced while it was used, locks it, and
/// writes the records of the runners in it anew. Errors: invalid_options, io, and those of
/// FileLock::acquire.
[[nodiscard]] Result<base::FileLock> restore_work_folder(std::filesystem::path const& work_root,
                                                         std::vector<LivingRunner> const& living);

/// The records of our runners in the work folder of an earlier version. Errors: backend.
[[nodiscard]] Result<std::vector<FoundRecord>> read_old_records(ProcessOptions const& options);

/// The release that the template means now (find_release), without links, so that one that is moved
/// to a newer version meanwhile does not give a runner a mixture. Errors: invalid_options, if there
/// is no runner in it, or if the work folder is inside it; with one line that says what to do.
[[nodiscard]] Result<std::filesystem::path> resolve_source(Template const& what,
                                                           std::filesystem::path const& work_root);

/// Whether runners' folders can be made in the work folder. Errors: backend, with one line that
/// says what to do.
[[nodiscard]] Result<void> check_work_folder(std::filesystem::path const& work_root);

/// Creates everything that a runner needs on disk, the record first. It fails if anything of that
/// exists already, because a JIT configuration is good for one instance. A failure leaves nothing
/// behind. Errors: backend, io.
[[nodiscard]] Result<void> make_instance(std::filesystem::path const& runner_dir,
                                         InstancePaths const& paths, InstanceRecord const& record);

/// Undoes make_instance: kills the processes that have the folder's path in their environment,
/// removes the folder, and the record last. Errors: cancelled if it was asked to stop; backend.
/// After an error the record is still there, so that what is left can be found.
[[nodiscard]] Result<void> clear_instance(InstancePaths const& paths, std::stop_token const& stop);

}  // namespace scaleset::backends
