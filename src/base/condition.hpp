#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <list>

namespace scaleset::base {

class LoopTimer;

/// What coroutines wait for that somebody else is about to finish: a condition variable for
/// coroutines. Not thread-safe: use it only on the executor's thread. Must outlive its waits.
class Condition {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// Returns at the next notify_all(), after `longest`, or when cancelled: false in the last case
  /// only.
  boost::asio::awaitable<bool> wait_for(Duration longest);
  /// Returns true at the next notify_all(), false when cancelled.
  boost::asio::awaitable<bool> wait();
  /// Returns at the next notify_all() also in a coroutine that has been cancelled. A cancellation
  /// during the wait ends it, so the caller looks again at what it waits for.
  boost::asio::awaitable<void> wait_despite_cancellation();
  void notify_all();

 private:
  boost::asio::awaitable<void> wait_at_most(Duration longest);

  std::list<LoopTimer*> waiting_;  // one for each wait, in its frame
};

}  // namespace scaleset::base
