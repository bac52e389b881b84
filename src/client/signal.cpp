#include "client/signal.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/sleep.hpp"

namespace scaleset::client {

namespace asio = boost::asio;

asio::awaitable<bool> Signal::wait_for(Duration longest) {
  co_return co_await wait_until(asio::steady_timer::clock_type::now() + longest);
}

asio::awaitable<bool> Signal::wait() { co_return co_await wait_until(Deadline::max()); }

asio::awaitable<bool> Signal::wait_until(Deadline deadline) {
  bool const cancelled_before = co_await http::is_cancelled();
  if (cancelled_before) co_return false;
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline);
  auto const place = waiting_.insert(waiting_.end(), &timer);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  waiting_.erase(place);
  bool const cancelled = co_await http::is_cancelled();
  co_return !cancelled;
}

void Signal::notify_all() {
  for (asio::steady_timer* const timer : waiting_) timer->cancel();
}

}  // namespace scaleset::client
