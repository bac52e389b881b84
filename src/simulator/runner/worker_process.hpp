#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <filesystem>
#include <string>

#include "simulator/runner/child_process.hpp"
#include "simulator/runner/runner_calls.hpp"

namespace scaleset::simulator::pretend {

struct WorkerPlan {
  WorkerPlan() = default;
  std::filesystem::path program = "/proc/self/exe";  // has the command `simulate-runner worker`
  std::filesystem::path root;                        // the runner's folder
  std::string work_folder;                           // relative to it
};

/// The worker of a job (worker.hpp), on the listener's side.
class WorkerProcess {
 public:
  WorkerProcess(boost::asio::any_io_executor const& executor, WorkerPlan plan, PretendJob job);
  WorkerProcess(WorkerProcess const&) = delete;
  WorkerProcess& operator=(WorkerProcess const&) = delete;
  /// A worker that still runs notices that its listener has gone, and ends.
  ~WorkerProcess();

  /// False: the worker cannot be started. Call this once.
  [[nodiscard]] bool start();
  /// Returns the job's conclusion: "failed" if the worker broke down, "canceled" after terminal
  /// cancellation. Call this once, after start().
  boost::asio::awaitable<std::string> wait();
  /// Tells the worker to cancel its job; wait() ends when that is done.
  boost::asio::awaitable<void> cancel();

 private:
  boost::asio::awaitable<void> send_lines();

  WorkerPlan plan_;
  ChildProcess process_;
  boost::asio::posix::stream_descriptor input_;  // the worker's
  std::string to_send_;
  bool sending_ = false;
};

}  // namespace scaleset::simulator::pretend
