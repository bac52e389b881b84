#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runner_program.hpp"
#include "scaleset/async/timer.hpp"
#include "seeded_random.hpp"
#include "simulator/front/front.hpp"
#include "simulator/front/simulator.hpp"

namespace scaleset::simulation {

/// What all hosts share: GitHub's side, what runners do, and the time.
struct Surroundings {
  /// The same seed gives the same run. `sink` gets the daemons' log lines; may be null.
  Surroundings(std::uint64_t seed, simulator::Profile profile, std::shared_ptr<LogSink> sink);
  Surroundings(Surroundings const&) = delete;
  Surroundings& operator=(Surroundings const&) = delete;

  [[nodiscard]] simulator::Tenant const& tenant(std::string_view name = "my-org") const;
  [[nodiscard]] std::shared_ptr<SeededRandom> another_random();

  std::shared_ptr<LogSink> log;
  SeededRandom random;
  // Everything here runs on one thread, so the loop needs no locks.
  boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  async::VirtualTime time{context};
  std::unique_ptr<simulator::Simulator> service;
  RunnerProgram program;
};

}  // namespace scaleset::simulation
