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
#include "scaleset/hooks.hpp"

namespace scaleset::backends {

struct ProcessOptions {
  ProcessOptions() = default;
  /// An unpacked actions/runner release, with run.sh and bin/Runner.Listener. It is never written
  /// to. If it is on the same file system as `work_root` and belongs to the same user, the runners'
  /// folders take no space of their own (hard links). Jobs run as that user too, so take away the
  /// permission to write to these files.
  std::filesystem::path runner_dir;
  /// Below it every runner gets a fresh folder. It is created if it does not exist, and locked, so
  /// that only one backend at a time uses it.
  std::filesystem::path work_root;
  /// A folder that an earlier version used as its work folder, and the runners in it that are ours.
  /// They are adopted where they are; nothing else in that folder is touched.
  std::filesystem::path old_work_root;
  std::vector<std::string> old_runners;
  /// Names of the variables of our own environment that runners get besides the usual ones (PATH,
  /// HOME, locale, proxies).
  std::vector<std::string> pass_environment;
  /// The soft limit of open files that runners get; without a value, that of this process.
  std::optional<rlim_t> descriptor_limit;
  /// How long a runner that was asked to end may take before it is killed. GitHub's runner needs
  /// this time to cancel its job.
  std::chrono::milliseconds stop_grace{30000};
};

/// Checks what can be checked without changing anything. Errors: invalid_options, with one line
/// that says what to do.
[[nodiscard]] Result<void> validate(ProcessOptions const& options);

/// A backend whose runners are plain processes of this machine (protocol.md 11; field problems B8,
/// B9, D1, H4).
///
/// A runner is the program `bin/Runner.Listener run`, in a folder and a process group of its own.
/// It is not started by run.sh, which would hide its exit code and start it again with a JIT
/// configuration that is used up. It gets the JIT configuration through its environment and removes
/// it from there. When it ends, the processes that its job left behind are killed (those in other
/// process groups and sessions too, if they kept their environment), the folder is removed, and
/// then `exited` is reported. `InstanceInfo::reference` is the process id.
///
/// Each runner has a record on disk, which outlives this process. The next backend on the same
/// `work_root` adopts the runners that are still alive: they have run on, and their output has
/// waited in a pipe. It removes what the dead ones left, in the background. It reports `exited` for
/// both. The exit code of an adopted runner is not known.
///
/// Errors: invalid_options, with one line that says what to do; io; backend.
/// Before the backend is destroyed, detach() must have been awaited and no other call may be under
/// way.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_process_backend(
    boost::asio::any_io_executor executor, ProcessOptions options, InstanceObserver observer,
    std::shared_ptr<LogSink> log);

}  // namespace scaleset::backends
