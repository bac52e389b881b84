#include "simulator/front/exchange.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "simulator/front/dispatch.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;
namespace {

/// A handler is told of its cancellation by what it waits for, not by an exception.
asio::awaitable<http::ServerResponse> dispatch_without_throwing(Front* front,
                                                                http::ServerRequest request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_return co_await dispatch(front, std::move(request));
}

}  // namespace

/// In a coroutine of its own, so that a caller who gives up can cancel it and still wait for its
/// end.
std::shared_ptr<Exchange> begin_exchange(asio::any_io_executor const& executor, Front* front,
                                         http::ServerRequest request) {
  auto exchange = std::make_shared<Exchange>();
  auto on_end = [exchange](std::exception_ptr failure, http::ServerResponse response) {
    exchange->failure = failure;
    // Set in any case, since the caller waits for it.
    exchange->response =
        failure ? text_reply(500, "internal error of the simulator\n") : std::move(response);
    exchange->ended.notify_all();
  };
  asio::co_spawn(executor, dispatch_without_throwing(front, std::move(request)),
                 asio::bind_cancellation_slot(exchange->cancel.slot(), std::move(on_end)));
  return exchange;
}

}  // namespace scaleset::simulator
