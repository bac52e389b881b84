#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "backends/docker/container_run.hpp"
#include "backends/docker/engine_link.hpp"
#include "base/log.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::backends::docker {

/// Does the steps of the run's StartMachine until it is finished. `jit_config` is handed over as
/// one line. `link` outlives the task.
boost::asio::awaitable<void> start_container(EngineLink* link, std::shared_ptr<ContainerRun> run,
                                             ContainerSpec spec, Secret jit_config,
                                             base::Logger log);

}  // namespace scaleset::backends::docker
