#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace scaleset::simulator::pretend {

struct ChildPlan {
  ChildPlan() = default;
  std::filesystem::path program;
  std::vector<std::string> arguments;  // the first is the name that a process list shows
  std::filesystem::path folder;        // its working directory; empty: the same as ours
  int input = -1;                      // becomes its standard input; -1: it has an empty one
  std::filesystem::path output;        // the file that its output is appended to; empty: ours
};

/// How long a process is given to end. As with the real runner: SIGINT, a wait, SIGTERM, a wait,
/// SIGKILL.
struct Patience {
  std::chrono::milliseconds after_interrupt{7500};
  std::chrono::milliseconds after_terminate{2500};
};

/// A process with a process group of its own. It gets our environment and default handling of all
/// signals.
class ChildProcess {
 public:
  explicit ChildProcess(boost::asio::any_io_executor executor);
  ChildProcess(ChildProcess const&) = delete;
  ChildProcess& operator=(ChildProcess const&) = delete;
  /// Kills the process if it still runs, and waits for its end.
  ~ChildProcess();

  /// False: it cannot be started. Call this once.
  [[nodiscard]] bool start(ChildPlan const& plan);
  /// Waits for its end, and then kills what it leaves behind in its process group. Returns its exit
  /// code, or 128 + the signal that ended it; -1 after terminal cancellation, when it still runs.
  /// Call this once, after start().
  boost::asio::awaitable<int> wait();
  /// Has no effect once the process has ended.
  void signal(int number);
  /// Sends SIGINT, and the stronger signals when `patience` is over. Returns at once.
  void stop(Patience patience);
  /// Blocks until the process has ended, but no longer than that time.
  void give_time(std::chrono::milliseconds time);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace scaleset::simulator::pretend
