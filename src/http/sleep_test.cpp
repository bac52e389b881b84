#include "http/sleep.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>

namespace scaleset::http {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::hours kMustNotExpire{1};

struct Seen {
  std::optional<bool> slept;
  std::optional<bool> cancelled;
};

asio::awaitable<void> sleep_and_look(std::chrono::steady_clock::duration duration, Seen* seen) {
  co_await asio::this_coro::throw_if_cancelled(false);
  seen->slept = co_await sleep_for(duration);
  seen->cancelled = co_await is_cancelled();
}

class SleepTest : public ::testing::Test {
 protected:
  void start(std::chrono::steady_clock::duration duration) {
    asio::co_spawn(context, sleep_and_look(duration, &seen),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
  }
  asio::io_context context{1};
  asio::cancellation_signal signal;
  Seen seen;
};

TEST_F(SleepTest, TimeUp) {
  start(std::chrono::milliseconds(1));
  context.run();
  EXPECT_EQ(seen.slept, true);
  EXPECT_EQ(seen.cancelled, false);
}

TEST_F(SleepTest, NothingToWaitForIsNotCancellation) {
  start(std::chrono::seconds(-1));
  context.run();
  EXPECT_EQ(seen.slept, true);
}

TEST_F(SleepTest, CancelledWhileWaiting) {
  start(kMustNotExpire);
  context.poll();
  EXPECT_EQ(seen.slept, std::nullopt);
  signal.emit(asio::cancellation_type::terminal);
  context.run();
  EXPECT_EQ(seen.slept, false);
  EXPECT_EQ(seen.cancelled, true);
}

asio::awaitable<void> cancel_then_sleep(asio::cancellation_signal* signal, Seen* seen) {
  co_await asio::this_coro::throw_if_cancelled(false);
  signal->emit(asio::cancellation_type::terminal);
  seen->slept = co_await sleep_for(kMustNotExpire);
  seen->cancelled = co_await is_cancelled();
}

TEST_F(SleepTest, CancelledBefore) {
  asio::co_spawn(context, cancel_then_sleep(&signal, &seen),
                 asio::bind_cancellation_slot(signal.slot(), asio::detached));
  context.run();
  EXPECT_EQ(seen.slept, false);
  EXPECT_EQ(seen.cancelled, true);
}

}  // namespace
}  // namespace scaleset::http
