#pragma once

#include <memory>

#include "daemon/run_config.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// The autoscaler: returns after SIGINT or SIGTERM, when all runners are gone or, on a second
/// signal, at once. Blocks; takes over the two signals. Errors: what kept it from starting
/// (invalid_options: the configuration; else the service or the machine).
[[nodiscard]] Result<void> run(RunConfig config, std::shared_ptr<LogSink> log);

}  // namespace scaleset::daemon
