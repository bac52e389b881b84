#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace scaleset::base::testing {

/// A loop, the coroutines that a test starts on it, and what they have seen, in order.
class CoroutineTest : public ::testing::Test {
 protected:
  using Events = std::vector<std::string>;

  /// Each task has a cancellation signal of its own: a slot holds one handler, so a second task
  /// on the same slot destroys the handler that the first one still uses.
  void spawn(boost::asio::awaitable<void> task) {
    signals_.emplace_back();
    boost::asio::co_spawn(
        context, std::move(task),
        boost::asio::bind_cancellation_slot(signals_.back().slot(), boost::asio::detached));
  }
  void cancel() {
    for (auto& signal : signals_) signal.emit(boost::asio::cancellation_type::terminal);
  }

 private:
  // Before the loop, so that they outlive its coroutines.
  std::list<boost::asio::cancellation_signal> signals_;

 protected:
  boost::asio::io_context context{1};
  Events events;
};

}  // namespace scaleset::base::testing
