#include "base/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/coroutine_test.hpp"
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

class ConditionTest : public testing::CoroutineTest {
 protected:
  void start(asio::awaitable<void> task) {
    spawn(std::move(task));
    context.poll();
  }
  async::VirtualTime time{context};
  Condition signal;
};

TEST_F(ConditionTest, WakesEveryoneWhoWaits) {
  start(note_wait(&signal, Condition::Duration::max(), &events));
  start(note_wait(&signal, Condition::Duration::max(), &events));
  EXPECT_THAT(events, IsEmpty());
  signal.notify_all();
  context.poll();
  EXPECT_THAT(events, ElementsAre("woken", "woken"));
}

TEST_F(ConditionTest, IsNotRemembered) {
  signal.notify_all();
  start(note_wait(&signal, Condition::Duration::max(), &events));
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(ConditionTest, AWaitEndsAfterItsTime) {
  start(note_wait(&signal, std::chrono::seconds(50), &events));
  time.advance(std::chrono::seconds(49));
  EXPECT_THAT(events, IsEmpty());
  time.advance(std::chrono::seconds(1));
  EXPECT_THAT(events, ElementsAre("woken"));
}

TEST_F(ConditionTest, AWaitCanBeCancelled) {
  start(note_wait(&signal, Condition::Duration::max(), &events));
  cancel();
  context.poll();
  EXPECT_THAT(events, ElementsAre("cancelled"));
}

TEST_F(ConditionTest, ACancelledCoroutineCanStillWait) {
  bool done = false;
  start(note_wait_until(&signal, &done, &events));
  cancel();
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
