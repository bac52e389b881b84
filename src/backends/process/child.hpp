#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backends/runner_output.hpp"
#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::backends {

struct ChildPlan {
  ChildPlan() = default;
  std::filesystem::path executable;        // absolute
  std::vector<std::string> arguments;      // without the program's own name
  std::vector<Secret> environment;         // the whole environment, as "NAME=value"
  std::filesystem::path folder;            // its working directory
  std::filesystem::path output;            // a named pipe for standard output and error
  std::optional<rlim_t> descriptor_limit;  // the soft limit; no value: ours
};

/// Starts a program as the leader of a session of its own. It has default signal handling, no
/// blocked signals, /dev/null as its standard input, and inherits no other descriptor. It
/// holds the pipe open for reading too, so that it can go on writing when nobody reads any more (up
/// to 64 KiB; then it waits). Errors: backend.
[[nodiscard]] Result<pid_t> spawn_child(ChildPlan const& plan);

/// Whether and how the process behind the descriptor ended. Does not wait. `status` has neither
/// code nor signal if the process is not our child, or was asked for before. With `keep` the
/// process stays a zombie, so that the system cannot give its number, which is also its group's
/// number, to another process.
struct ChildEnd {
  bool ended = false;
  ExitStatus status;
};
[[nodiscard]] ChildEnd child_end(int pidfd, bool keep);

}  // namespace scaleset::backends
