#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "scaleset/async/transport.hpp"

namespace scaleset::listener {

/// A coroutine that is spawned throws when it is cancelled, unless it switches that off itself.
template <class T>
Task<T> without_throwing(Task<T> task) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_return co_await std::move(task);
}

/// Runs the task so that a signal on `slot` cancels this task only. A cancelled task returns
/// ErrorCode::cancelled instead of throwing.
template <class T>
Task<T> interruptible(boost::asio::any_io_executor executor, Task<T> task,
                      boost::asio::cancellation_slot slot) {
  co_return co_await boost::asio::co_spawn(
      executor, without_throwing(std::move(task)),
      boost::asio::bind_cancellation_slot(slot, boost::asio::use_awaitable));
}

}  // namespace scaleset::listener
