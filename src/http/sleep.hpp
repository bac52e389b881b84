#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace scaleset::http {

/// Waits. False: cancelled before the time was up (also when the coroutine had been cancelled
/// already). Never throws.
boost::asio::awaitable<bool> sleep_for(std::chrono::steady_clock::duration duration);

/// Whether terminal cancellation was asked of the running coroutine.
boost::asio::awaitable<bool> is_cancelled();

}  // namespace scaleset::http
