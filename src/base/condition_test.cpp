#include "base/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <string>
#include <vector>

#include "scaleset/async/timer.hpp"

namespace scaleset::base {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Events = std::vector<std::string>;

asio::awaitable<void> note_wait(Condition* signal, Condition::Duration longest, Events* events) {
  co_await asio::this_coro::throw_if_cancelled(false);
  bool const woken = co_await signal->wait_for(longest);
  events->emplace_back(woken ? "woken" : "cancelled");
}

asio::awaitable<void> note_wait_until(Condition* signal, bool const* done, Events* events) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!*done) {
    co_await signal->wait_despite_cancellation();
    events->emplace_back(*done ? "done" : "looked");
  }
}

class ConditionTest : public ::testing::Test {
 protected:
  void spawn(asio::awaitable<void> task) {
    asio::co_spawn(context, std::move(task),
                   asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    context.poll();
  }
  asio::io_context context{1};
  async::VirtualTime time{context};
  asio::cancellation_signal cancel;
  Condition signal;
  Events events;
};

TEST_F(ConditionTest, WakesEveryoneWhoWaits) {
  spawn(note_wait(&signal, Condition::Duration::max(), &events));
  spawn(note_wait(&signal, Condition::Duration::max(), &events));
  EXPECT_THAT(events, IsEmpty());
  signal.notify_all();
  context.poll();
  EXPECT_THAT(events, ElementsAre("woken", "woken"));
}

TEST_F(ConditionTest, IsNotRemembered) {
  signal.notify_all();
  spawn(note_wait(&signal, Condition::Duration::max(), &events));
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(ConditionTest, AWaitEndsAfterItsTime) {
  spawn(note_wait(&signal, std::chrono::seconds(50), &events));
  time.advance(std::chrono::seconds(49));
  EXPECT_THAT(events, IsEmpty());
  time.advance(std::chrono::seconds(1));
  EXPECT_THAT(events, ElementsAre("woken"));
}

TEST_F(ConditionTest, AWaitCanBeCancelled) {
  spawn(note_wait(&signal, Condition::Duration::max(), &events));
  cancel.emit(asio::cancellation_type::terminal);
  context.poll();
  EXPECT_THAT(events, ElementsAre("cancelled"));
}

TEST_F(ConditionTest, ACancelledCoroutineCanStillWait) {
  bool done = false;
  spawn(note_wait_until(&signal, &done, &events));
  cancel.emit(asio::cancellation_type::terminal);
  context.poll();
  // The cancellation ended one wait, and did not keep the next from waiting.
  EXPECT_THAT(events, ElementsAre("looked"));
  done = true;
  signal.notify_all();
  context.poll();
  EXPECT_THAT(events, ElementsAre("looked", "done"));
}

}  // namespace
}  // namespace scaleset::base
