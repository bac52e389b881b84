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
  std::filesystem::path folder;        // it works there; empty: in ours
  int input = -1;                      // becomes its standard input; -1: nothing to read
  std::filesystem::path output;        // its output is added there; empty: to ours
};

/// How long a process is given, as the real runner does it: SIGINT, a wait, SIGTERM, a wait,
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
  /// Kills what still runs, and waits for its end.
  ~ChildProcess();

  /// False: it cannot be run. Once.
  [[nodiscard]] bool start(ChildPlan const& plan);
  /// Until its end; what it leaves behind in its group is killed then. Its exit code, or 128 + the
  /// signal that ended it. -1: terminal cancellation; it still runs. Once, after start().
  boost::asio::awaitable<int> wait();
  /// Without effect once it has ended.
  void signal(int number);
  /// Asks, and insists when patience is out.
  void stop(Patience patience);
  /// Blocks until it has ended, or for so long.
  void give_time(std::chrono::milliseconds time);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace scaleset::simulator::pretend
