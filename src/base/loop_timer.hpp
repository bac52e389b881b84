#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

/// A timer whose time a test can move: it waits for real time, or for async::VirtualTime if the
/// executor's io_context has one. Every wait in this project is one of these or a Condition;
/// libcurl's own timers are the only exception. Not thread-safe: use it only on the executor's
/// thread.
class LoopTimer {
 public:
  using Duration = std::chrono::steady_clock::duration;
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Not set: a wait ends by cancellation only.
  explicit LoopTimer(boost::asio::any_io_executor const& executor);
  LoopTimer(LoopTimer const&) = delete;
  LoopTimer& operator=(LoopTimer const&) = delete;
  /// Ends every wait, as cancel() does.
  ~LoopTimer();

  /// Sets the timer anew. Ends the waits under way, as cancel() does. Times that a time_point
  /// cannot hold count as "never".
  void expires_at(TimePoint when);
  void expires_after(Duration duration);
  /// Ends every wait: they report that the time was not up.
  void cancel();

  /// True: the time was up. False: the timer was cancelled, set anew or destroyed, or the waiting
  /// coroutine was cancelled. Never throws. The timer may be destroyed meanwhile.
  boost::asio::awaitable<bool> wait();
  /// Calls `then` from the loop when the time is up; never, if the wait ends otherwise.
  void on_expiry(std::function<void()> then);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// Both clocks as timers on this executor see them: the system's, or those of async::VirtualTime.
[[nodiscard]] Now loop_now(boost::asio::any_io_executor const& executor);
/// loop_now() as a Clock. Must not outlive the executor's io_context.
[[nodiscard]] std::shared_ptr<Clock> loop_clock(boost::asio::any_io_executor const& executor);

}  // namespace scaleset::base
