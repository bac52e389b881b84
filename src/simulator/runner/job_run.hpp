#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/loop_timer.hpp"
#include "simulator/runner/child_process.hpp"
#include "simulator/runner/runner_calls.hpp"

namespace scaleset::simulator::pretend {

/// Where and how a job runs.
struct JobSurroundings {
  JobSurroundings() = default;
  std::filesystem::path root;         // the runner's folder
  std::string work_folder = "_work";  // relative to it
  std::string started_hook;    // ACTIONS_RUNNER_HOOK_JOB_STARTED: a script's path; empty: none
  std::string completed_hook;  // ACTIONS_RUNNER_HOOK_JOB_COMPLETED
  Patience patience;           // how long a cancelled script is given to end
  std::function<void(std::string const&)> log = [](std::string const&) {};  // one line
};

/// A pretended job, in the worker: the started hook, then a wait of the job's duration or its
/// script, then the completed hook. Scripts run in the work folder, the job's with /bin/sh and
/// hooks with bash, as with the real runner (protocol.md 11.3). Their output goes to
/// `_diag/job.log`, since the simulator does not take it.
class JobRun {
 public:
  JobRun(boost::asio::any_io_executor const& executor, PretendJob job,
         JobSurroundings surroundings);
  JobRun(JobRun const&) = delete;
  JobRun& operator=(JobRun const&) = delete;

  /// Returns the conclusion. After a wait it is the job's own result; after a script, "succeeded"
  /// for exit code 0 and "failed" otherwise. It is "failed" if a hook fails; if that is the started
  /// hook, the job does not run. It is "canceled" after cancel(), which may also be called before,
  /// or terminal cancellation. Call this once.
  boost::asio::awaitable<std::string> run();
  /// Ends the job, but not the completed hook.
  void cancel();

 private:
  boost::asio::awaitable<std::string> run_job();
  boost::asio::awaitable<std::string> wait_for_duration();
  boost::asio::awaitable<bool> run_hook(std::string name, std::string path);
  boost::asio::awaitable<int> run_script(std::vector<std::string> command);

  boost::asio::any_io_executor executor_;
  PretendJob job_;
  JobSurroundings surroundings_;
  base::LoopTimer timer_;
  std::unique_ptr<ChildProcess> child_;
  bool cancelled_ = false;
  bool completing_ = false;
};

}  // namespace scaleset::simulator::pretend
