#include "simulator/front/parts/waiters.hpp"

#include <boost/asio/this_coro.hpp>

#include "scaleset/async/timer.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;

asio::awaitable<WaitEnd> Waiters::wait(Channel channel, Timestamp until) {
  bool const cancelled_before = co_await async::is_cancelled();
  if (cancelled_before) co_return WaitEnd::cancelled;
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  base::LoopTimer timer(executor);
  // With the simulator's virtual clock nothing ends the wait by itself: advancing the clock wakes
  // all.
  if (!time_->is_virtual()) timer.expires_after(until - time_->now());
  // A pointer into this frame, which is taken out again before the frame ends.
  auto const place = timers_.emplace(channel, &timer);
  // A wake-up cancels the timer as well, so the end of the wait does not tell why it ended. The
  // checks below find out.
  co_await timer.wait();
  timers_.erase(place);
  bool const cancelled_since = co_await async::is_cancelled();
  if (cancelled_since) co_return WaitEnd::cancelled;
  co_return time_->now() >= until ? WaitEnd::time_up : WaitEnd::woken;
}

void Waiters::wake(Channel channel) {
  auto const [first, last] = timers_.equal_range(channel);
  for (auto place = first; place != last; ++place) place->second->cancel();
}

void Waiters::wake_all() {
  for (auto const& [channel, timer] : timers_) timer->cancel();
}

}  // namespace scaleset::simulator
