#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::backends {

struct ProcessOptions {
  ProcessOptions() = default;
  /// An unpacked actions/runner release; holds run.sh and bin/Runner.Listener. Never written to.
  /// Best on the file system of `work_root` and owned by the same user: then a runner's folder
  /// costs no space (hard links). Jobs run as that user too, so protect the files against writing.
  std::filesystem::path runner_dir;
  /// Below it every runner gets a fresh folder. Created where absent; belongs to one backend at a
  /// time (locked).
  std::filesystem::path work_root;
  /// Names of variables of our own environment that runners shall see beyond the usual ones (PATH,
  /// HOME, locale, proxies).
  std::vector<std::string> pass_environment;
  /// How long a runner that was asked to end may take before it is killed. The real one cancels its
  /// job first.
  std::chrono::milliseconds stop_grace{30000};
};

/// What can be found wrong with them without changing anything, in one line that says what to mend.
/// Errors: invalid_options.
[[nodiscard]] Result<void> validate(ProcessOptions const& options);

/// Runners as plain processes of this machine (spec 11; field-problems B8, B9, D1, H4).
///
/// A runner is `bin/Runner.Listener run`, in a folder and a process group of its own; run.sh would
/// hide its exit code and start it again with a used JIT configuration. It gets the JIT
/// configuration through its environment and removes it from there. When it ends, whatever its job
/// left behind is killed, also in other process groups and sessions as long as it kept its
/// environment, the folder is wiped, and then `exited` is told. `InstanceInfo::reference` is the
/// process id.
///
/// A record on disk for each runner outlives this process: the next backend on the same `work_root`
/// adopts the living ones, which have run on in the meantime and whose output waited in a pipe, and
/// clears away the dead ones; `exited` is told for both. The exit code of an adopted runner is not
/// known. Records of an earlier process are adopted inside this call, cleared in the background.
///
/// Errors: invalid_options, with one line that says what to mend; io.
/// detach() must have been awaited before the backend is destroyed, with no other call under way.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_process_backend(
    boost::asio::any_io_executor executor, ProcessOptions options, InstanceObserver observer,
    std::shared_ptr<LogSink> log);

}  // namespace scaleset::backends
