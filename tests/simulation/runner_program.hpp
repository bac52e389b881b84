#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "backends/pretend/pretend_instance.hpp"
#include "seeded_random.hpp"
#include "simulator/front/front.hpp"

namespace scaleset::simulation {

/// How likely a runner is to misbehave, from 0 to 1, besides what a PretendWorld makes of it.
struct RunnerTroubles {
  double dies_at_boot = 0;
  double dies_in_job = 0;
  double ends_while_idle = 0;
  double turns_deaf = 0;  // it goes on without asking for jobs: its registration may be gone (B1)
};

/// What a runner does, by the rules of the simulated service: it registers, takes one job, does it
/// and ends (protocol.md 11). It uses the service's model directly, because the answers of HTTP
/// would only be taken apart again.
class RunnerProgram {
 public:
  RunnerProgram(simulator::Front& front, SeededRandom& random) : front_(front), random_(random) {}

  RunnerTroubles troubles;
  /// Called with the id of a job that will fail because its runner dies. May be null.
  std::function<void(std::string const&)> on_death;
  /// Called with the name of a runner that has registered. May be null.
  std::function<void(std::string const&)> on_registration;

  boost::asio::awaitable<void> run(backends::PretendInstance* instance);

 private:
  boost::asio::awaitable<void> serve(backends::PretendInstance* instance, RunnerId id,
                                     std::string session);
  boost::asio::awaitable<void> be_deaf();
  boost::asio::awaitable<void> do_job(backends::PretendInstance* instance, RunnerId id,
                                      std::string job_id);
  /// The least that the job takes; most are not planned to take long.
  [[nodiscard]] std::chrono::milliseconds planned_time(std::string const& tenant,
                                                       std::string const& job_id) const;
  void complete(std::string const& tenant, RunnerId id, std::string const& job_id,
                std::string result);
  void commit();

  simulator::Front& front_;
  SeededRandom& random_;
};

}  // namespace scaleset::simulation
