#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "simulator/model/model.hpp"

/// The job as a runner gets it from acquirejob (protocol.md D.3, item 7).
namespace scaleset::simulator {

/// Where the runner finds the rest of the service, and with what it may go there.
struct JobPlaces {
  std::string base_url;         // without a slash at its end
  std::string server_url;       // ServerUrl of the runner's settings
  std::string run_service_url;  // with a slash at its end
  std::string job_token;        // what renewjob, completejob and the Results service want
  std::string github_token;     // GITHUB_TOKEN
};

/// The complete RunnerJobRequest. The job is one script step: its own script, or one that sleeps
/// for the job's duration and ends with its result. A job without a script of its own has that
/// duration and result also as the variables simulator.durationMilliseconds and simulator.result,
/// so that a runner that knows them can save itself the process.
[[nodiscard]] boost::json::object job_message(Tenant const& tenant, Job const& job,
                                              JobPlaces const& places);

}  // namespace scaleset::simulator
