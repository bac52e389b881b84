#pragma once

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <string>

#include "simulator/runner/runner_calls.hpp"

namespace scaleset::simulator::pretend {

/// A job being pretended: a wait of its duration, or its script run by /bin/sh in the runner's work
/// folder, with its output in
/// `_diag/job.log` as there is nobody to send it to.
class JobRun {
 public:
  /// `root`: the runner's folder.
  JobRun(boost::asio::any_io_executor const& executor, PretendJob job, std::filesystem::path root,
         std::string const& work_folder);
  JobRun(JobRun const&) = delete;
  JobRun& operator=(JobRun const&) = delete;
  /// Kills what still runs.
  ~JobRun();

  /// The conclusion: the job's own result after a wait; after a script succeeded for exit code 0
  /// and failed otherwise; canceled after cancel(), which may also come first, or terminal
  /// cancellation. Once.
  boost::asio::awaitable<std::string> run();
  void cancel();

 private:
  boost::asio::awaitable<std::string> run_script();
  [[nodiscard]] bool spawn_script();
  void kill_script();

  PretendJob job_;
  std::filesystem::path root_;
  std::filesystem::path work_folder_;
  boost::asio::steady_timer timer_;
  boost::asio::posix::stream_descriptor exit_;
  pid_t pid_ = 0;
  bool cancelled_ = false;
};

}  // namespace scaleset::simulator::pretend
