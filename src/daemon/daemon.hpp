#pragma once

#include <memory>

#include "daemon/run_config.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// Runs the autoscaler on the calling thread until SIGINT or SIGTERM (see StopMachine). Errors:
/// what kept it from starting; invalid_options for the configuration, other codes for the service
/// or this machine.
[[nodiscard]] Result<void> run(RunConfig config, std::shared_ptr<LogSink> log);

}  // namespace scaleset::daemon
