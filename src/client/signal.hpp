#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>

namespace scaleset::client {

/// What coroutines wait for that somebody else is about to finish. One thread: the executor's. Must
/// outlive its waits.
class Signal {
 public:
  using Duration = boost::asio::steady_timer::duration;

  /// Returns at the next notify_all(), after `longest`, or when cancelled: false in the last case
  /// only.
  boost::asio::awaitable<bool> wait_for(Duration longest);
  /// Returns at the next notify_all(); false: cancelled.
  boost::asio::awaitable<bool> wait();
  void notify_all();

 private:
  using Deadline = boost::asio::steady_timer::time_point;
  boost::asio::awaitable<bool> wait_until(Deadline deadline);

  std::list<boost::asio::steady_timer*> waiting_;  // one for each wait, in its frame
};

}  // namespace scaleset::client
