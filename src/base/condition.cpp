#include "base/condition.hpp"

#include <boost/asio/this_coro.hpp>

#include "base/loop_timer.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::base {

namespace asio = boost::asio;

asio::awaitable<bool> Condition::wait_for(Duration longest) {
  bool const cancelled_before = co_await async::is_cancelled();
  if (cancelled_before) co_return false;
  co_await wait_at_most(longest);
  bool const cancelled = co_await async::is_cancelled();
  co_return !cancelled;
}

asio::awaitable<bool> Condition::wait() { return wait_for(Duration::max()); }

asio::awaitable<void> Condition::wait_despite_cancellation() {
  return wait_at_most(Duration::max());
}

asio::awaitable<void> Condition::wait_at_most(Duration longest) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  LoopTimer timer(executor);
  timer.expires_after(longest);
  auto const place = waiting_.insert(waiting_.end(), &timer);
  bool const up = co_await timer.wait();
  static_cast<void>(up);  // woken or not: the caller looks for itself
  waiting_.erase(place);
}

void Condition::notify_all() {
  for (LoopTimer* const timer : waiting_) timer->cancel();
}

}  // namespace scaleset::base
