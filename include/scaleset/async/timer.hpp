#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "scaleset/async/asio.hpp"  // before anything of Boost
#include "scaleset/hooks.hpp"

namespace scaleset::inline v0::async {

/// Suspends the running coroutine for that long; a time of zero or less only lets others run.
/// Returns false if the coroutine was cancelled before the time was up, or had been cancelled
/// already. Never throws. On an io_context with VirtualTime it waits for virtual time.
boost::asio::awaitable<bool> sleep_for(std::chrono::steady_clock::duration duration);

/// Whether the running coroutine was asked to cancel (terminal cancellation).
/// Asio forgets a cancellation that comes before the coroutine has first run; TaskScope does not.
boost::asio::awaitable<bool> is_cancelled();

/// Replaces real time with a time that a test moves, for everything that this library waits for on
/// one io_context: sleeps, retries, timeouts of calls, the pauses of listeners and of the shipped
/// fakes. Only libcurl's own timers stay real, so a client under virtual time needs a transport
/// without a network (testing::FakeTransport).
///
///     asio::io_context context;
///     async::VirtualTime time(context);  // before anything that waits is made
///     options.hooks.clock = time.clock();
///     asio::co_spawn(context, ...);
///     time.advance(std::chrono::seconds(90));
///
/// Not thread-safe: use it only on the thread that runs the io_context. The methods run handlers,
/// so a handler must not call them: they then throw std::logic_error.
class VirtualTime {
 public:
  struct Impl;
  /// Begins at 2026-01-01 00:00 UTC. Timers that exist already stay real. Throws std::logic_error
  /// if the io_context has a VirtualTime.
  explicit VirtualTime(boost::asio::io_context& context);
  VirtualTime(VirtualTime const&) = delete;
  VirtualTime& operator=(VirtualTime const&) = delete;
  /// A timer that is pending then never expires: it waits until it is cancelled. New timers are
  /// real.
  ~VirtualTime();

  /// Moves the time. Everything that is due until then happens in the order of time, and all its
  /// consequences before what is due next: two sleeps of 1 s, one after the other, end within
  /// advance(2 s).
  void advance(std::chrono::steady_clock::duration by);
  /// Runs what is ready, then moves to the next moment that something waits for, and runs what is
  /// due then. Returns false, without moving the time, if nothing waits.
  bool advance_to_next();
  /// As when the computer was asleep: moves the time at once. Everything that was due meanwhile is
  /// late, and happens now in the order in which it was due.
  void leap(std::chrono::steady_clock::duration by);
  /// The next moment that something waits for. No value if nothing does.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> next() const;
  /// The time of this clock and of every timer of the io_context. For Hooks::clock. It may outlive
  /// this object, and stands still then.
  [[nodiscard]] std::shared_ptr<Clock> clock() const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::inline v0::async
