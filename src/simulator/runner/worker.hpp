#pragma once

#include <filesystem>
#include <string>

namespace scaleset::simulator::pretend {

struct WorkerOptions {
  WorkerOptions() = default;
  std::filesystem::path root;  // the runner's folder
  std::string work_folder = "_work";
};

/// The worker: the process that a runner starts for its one job (a process list shows it as
/// `ROOT/bin/Runner.Worker`). Reads the job and its cancellation from standard input
/// (worker_messages.hpp) and writes `_diag/Worker_*.log`. It ignores signals, which are for the
/// listener, and is not in the listener's process group. When the listener has died, for whatever
/// reason, it ends the job's script at once. Blocks, and needs a process of its own. The exit code
/// is 100 + the job's result, or 1 if there was no job to read.
int run_worker(WorkerOptions options);

}  // namespace scaleset::simulator::pretend
