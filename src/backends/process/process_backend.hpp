#pragma once

#include <sys/resource.h>

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "backends/disk_threads.hpp"
#include "backends/process/shared_look.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::backends {

struct ProcessOptions {
  ProcessOptions() = default;
  /// Whose backend it is. What is another's, it lists and leaves alone.
  base::OwnerKey owner;
  /// Below it every runner gets a fresh folder. It is created if it does not exist, and locked, so
  /// that only one backend at a time uses it. If it is on the same file system as the release
  /// folder of the template, and belongs to the same user, the runners' folders take no space of
  /// their own (hard links). Jobs run as that user too, so take away the permission to write to the
  /// release.
  std::filesystem::path work_root;
  /// A folder that an earlier version used as its work folder, and the runners in it that are ours.
  /// They are adopted where they are; nothing else in that folder is touched.
  std::filesystem::path old_work_root;
  std::vector<std::string> old_runners;
  /// The soft limit of open files that runners get; without a value, that of this process.
  std::optional<rlim_t> descriptor_limit;
  /// Shared with the other backends of this process; null: each list() looks for itself.
  std::shared_ptr<SharedLook> looks;
  /// How long a runner that was asked to end may take before it is killed. GitHub's runner needs
  /// this time to cancel its job.
  std::chrono::milliseconds stop_grace{30000};
};

/// Checks what can be checked without changing anything: `source` of the template is an unpacked
/// actions/runner release, with run.sh and bin/Runner.Listener; its environment can be given to
/// runners. Errors: invalid_options, with one line that says what to do.
[[nodiscard]] Result<void> validate(ProcessOptions const& options, Template const& what);

/// A backend whose runners are plain processes of this machine (protocol.md 11; field problems B1,
/// B6, B8, B9, D1, H4).
///
/// A runner is the program `bin/Runner.Listener run`, in a folder and a process group of its own.
/// The folder is filled from the template's `source`, which is never written to, and which may be a
/// link: each start uses what it leads to at that moment. It is not started by run.sh, which would
/// hide its exit code and start it again with a JIT configuration that is used up. It gets the JIT
/// configuration through its environment and removes it from there. When it ends, the processes
/// that its job left behind are killed (those in other process groups and sessions too, if they
/// kept their environment), the folder is removed, and then `exited` is reported. If the folder
/// cannot be removed, that is tried three more times, 5 s apart, and then InstanceEvent::reason
/// says so. `Instance::reference` is the process id.
///
/// Each runner has a record on disk, which outlives this process. The next backend on the same
/// `work_root` adopts the runners that are still alive: they have run on, and their output has
/// waited in a pipe. If the record does not name a living process, because we were killed before it
/// could, the runner is looked for among all processes by its environment. What the dead ones left
/// is removed in the background. `exited` is reported for both. The exit code of an adopted runner
/// is not known.
///
/// A record of another owner, of a newer version, or one that cannot be read stands for an instance
/// that is not ours: list() has it, with an empty owner key if that is not known, and nothing else
/// is done with it.
///
/// probe() checks the work folder, the template that was used last, and that this process has file
/// descriptors left. free_slots() has a value only if these run out.
///
/// Waits for the disk on the threads of `disk`, which outlives the backend. Errors:
/// invalid_options, with one line that says what to do; io; backend.
/// Before the backend is destroyed, detach() must have been awaited and no other call may be under
/// way.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_process_backend(
    boost::asio::any_io_executor executor, ProcessOptions options, InstanceObserver observer,
    std::shared_ptr<LogSink> log, DiskThreads& disk);

}  // namespace scaleset::backends
