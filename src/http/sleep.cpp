#include "http/sleep.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace scaleset::http {
namespace asio = boost::asio;

asio::awaitable<bool> sleep_for(std::chrono::steady_clock::duration duration) {
  bool const cancelled_before = co_await is_cancelled();
  if (cancelled_before) co_return false;
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, duration);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  // The time may have run out in the same turn as the cancellation: what was asked for counts.
  bool const cancelled_since = co_await is_cancelled();
  co_return !error && !cancelled_since;
}

asio::awaitable<bool> is_cancelled() {
  asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return (state.cancelled() & asio::cancellation_type::terminal) !=
      asio::cancellation_type::none;
}

}  // namespace scaleset::http
