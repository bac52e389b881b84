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
/// (worker_messages.hpp), keeps `_diag/Worker_*.log`. Leaves signals to the listener, in whose
/// process group it is not; when that has died, however it was killed, it ends the job's script at
/// once. Blocks; for a process of its own. The exit code: 100 + the job's result; 1: there was no
/// job to read.
int run_worker(WorkerOptions options);

}  // namespace scaleset::simulator::pretend
