#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "simulator/front/faults/trouble.hpp"
#include "simulator/front/parts/credentials.hpp"
#include "simulator/front/parts/job_logs.hpp"
#include "simulator/front/parts/live_model.hpp"
#include "simulator/front/parts/operation.hpp"
#include "simulator/front/parts/runner_releases.hpp"
#include "simulator/front/parts/transcript.hpp"

namespace scaleset::simulator {

/// All parts of a simulator. Only what starts it, what dispatches calls and the table of routes see
/// them together: a handler is given the parts that its parameters name (handler.hpp). Not
/// thread-safe.
struct Front {
  Front(Model model, TimeKeeper time, Secret token_key, base::RsaPrivateKey runner_key,
        std::optional<StateWriter> state_writer, std::uint64_t seed, OperationNames names,
        base::Logger log)
      : live(std::move(model), std::move(time), std::move(state_writer), log),
        credentials(std::move(token_key), std::move(runner_key), seed),
        trouble(seed),
        operations(std::move(names)) {}

  LiveModel live;
  Credentials credentials;
  Trouble trouble;
  Transcript transcript;
  OperationNames operations;
  JobLogs logs;
  RunnerReleases releases;
  std::string scheme = "http";  // of the URLs that the simulator gives its clients
};

}  // namespace scaleset::simulator
