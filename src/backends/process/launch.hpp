#pragma once

#include <sys/resource.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "backends/backend.hpp"
#include "backends/process/instance_record.hpp"
#include "base/unique_fd.hpp"
#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::backends {

struct LaunchPlan {
  LaunchPlan() = default;
  std::shared_ptr<Template const> what;
  std::filesystem::path work_root;
  InstancePaths paths;
  InstanceRecord record;  // without a process
  std::vector<Secret> environment;
  std::optional<rlim_t> descriptor_limit;  // no value: ours
};

/// A runner's process, with the two descriptors that report its end and its output.
struct Launched {
  Launched() = default;
  ProcessIdentity process;
  base::UniqueFd end;     // a pidfd
  base::UniqueFd output;  // the named pipe, for reading without waiting
};

/// Makes the runner's folder from the template, starts its program and records its process. After
/// an error nothing of it is left, or the message says what is. Blocks for as long as the disk
/// takes. Errors: cancelled, if it was asked to stop before the program ran; backend; io.
[[nodiscard]] Result<Launched> launch_runner(LaunchPlan const& plan, std::stop_token const& stop);

/// Opens the runner's output for reading without waiting for a writer. The runner has the pipe open
/// for reading as well, so that it lives on without us (ADR 40). Owns nothing, and errno says why,
/// if that fails.
[[nodiscard]] base::UniqueFd open_output(InstancePaths const& paths);

}  // namespace scaleset::backends
