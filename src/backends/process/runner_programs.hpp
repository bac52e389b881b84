#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backends/backend.hpp"
#include "backends/process/processes.hpp"
#include "backends/program_kind.hpp"

/// Finds the runner's programs among the processes of this machine: the listener, which lives as
/// long as its runner, and the worker, which lives as long as a job (protocol.md D.5).
namespace scaleset::backends {

/// A process that runs one of the two programs.
struct RunnerProgram {
  RunnerProgram() = default;
  ProgramKind kind = ProgramKind::listener;
  std::string path;  // of the program, as its command line has it
  ProcessIdentity process;
  ProcessStat stat;
  /// The folder of its runner, as its environment says. Empty if that does not say it; no value if
  /// we may not read it.
  std::optional<std::string> folder;
  /// Of a worker whose environment does not name the folder: its parent, the parent of that, and so
  /// on.
  std::vector<pid_t> ancestors;
};

/// What one look at all processes found.
class ProcessView {
 public:
  /// To be called for each process and program that was seen, then settle() once.
  void saw(pid_t pid) { seen_.push_back(pid); }
  void add(RunnerProgram program);
  void settle();

  /// Whether the runner in this folder, with this listener, has a job: `busy` if there is a worker
  /// that has the folder in its environment or descends from the listener; `unknown` if the
  /// listener was not seen, or if it cannot be told whose a worker is.
  [[nodiscard]] Activity activity(std::string const& folder, pid_t listener) const;
  /// The listener of the runner in this folder. It has the folder in its environment, runs the
  /// folder's own program, and leads a process group, because that is how we start one. If several
  /// processes fit, the one that started first is returned.
  [[nodiscard]] std::optional<ProcessIdentity> listener(std::string const& folder) const;
  /// Whether one of the two programs has the folder in its environment.
  [[nodiscard]] bool runs(std::string const& folder) const { return marked_.contains(folder); }
  /// One of those; no value if there is none.
  [[nodiscard]] std::optional<pid_t> any_program(std::string const& folder) const;
  /// All folders that runs() is true for, sorted.
  [[nodiscard]] std::vector<std::string> folders() const;
  /// Those of them in `root`.
  [[nodiscard]] std::vector<std::string> folders_below(std::string const& root) const;

 private:
  std::vector<pid_t> seen_;                                             // sorted after settle()
  std::unordered_map<std::string, std::vector<RunnerProgram>> marked_;  // by folder
  std::vector<RunnerProgram> unmarked_;                                 // workers only
};

/// Looks at every process of this machine once. Blocks, for some 10 microseconds per process.
[[nodiscard]] ProcessView look_at_processes();

}  // namespace scaleset::backends
