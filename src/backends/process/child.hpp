#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "backends/process/runner_output.hpp"
#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::backends {

struct ChildPlan {
  ChildPlan() = default;
  std::filesystem::path executable;    // absolute
  std::vector<std::string> arguments;  // after the program's own name
  std::vector<Secret> environment;     // all of it, "NAME=value"
  std::filesystem::path folder;        // its working directory
  std::filesystem::path output;        // a named pipe for standard output and error
};

/// Starts a program as the leader of a process group of its own: with default signal handling,
/// nothing blocked, standard input from /dev/null and no other descriptor of ours. The pipe is
/// opened for reading too, so that the program can write on when nobody reads any more (64 KiB;
/// then it waits). Errors: backend.
[[nodiscard]] Result<pid_t> spawn_child(ChildPlan const& plan);

/// How the process behind the descriptor ended; asks once, does not wait. Neither code nor signal:
/// it is no child of this process. While `keep` is set it stays a zombie, so that its number, which
/// is also its group's, cannot be given to another.
struct ChildEnd {
  bool ended = false;
  ExitStatus status;
};
[[nodiscard]] ChildEnd child_end(int pidfd, bool keep);

}  // namespace scaleset::backends
