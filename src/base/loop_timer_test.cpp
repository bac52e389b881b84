#include "base/loop_timer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/testing/coroutine_test.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::base {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
constexpr std::chrono::hours kMustNotExpire{1};
constexpr LoopTimer::Duration kForever = LoopTimer::Duration::max();

/// What the coroutines of these tests have seen, in order.
using Events = std::vector<std::string>;

asio::awaitable<void> note_sleep(LoopTimer::Duration duration, std::string name, Events* events) {
  co_await asio::this_coro::throw_if_cancelled(false);
  bool const slept = co_await async::sleep_for(duration);
  bool const cancelled = co_await async::is_cancelled();
  events->push_back(name + (slept ? " slept" : " cut short") + (cancelled ? " cancelled" : ""));
}

asio::awaitable<void> note_wait(LoopTimer* timer, std::string name, Events* events) {
  co_await asio::this_coro::throw_if_cancelled(false);
  bool const up = co_await timer->wait();
  events->push_back(name + (up ? " up" : " ended"));
}

asio::awaitable<void> note_two_sleeps(LoopTimer::Duration each, Events* events) {
  co_await async::sleep_for(each);
  events->emplace_back("first");
  co_await async::sleep_for(each);
  events->emplace_back("second");
}

asio::awaitable<void> cancel_then_sleep(std::function<void()> cancel, Events* events) {
  co_await asio::this_coro::throw_if_cancelled(false);
  cancel();
  co_await note_sleep(kMustNotExpire, "task", events);
}

using TimerTest = testing::CoroutineTest;

// ---- Real time

using RealTimeTest = TimerTest;

TEST_F(RealTimeTest, ASleepEndsWhenItsTimeIsUp) {
  spawn(note_sleep(milliseconds(1), "task", &events));
  context.run();
  EXPECT_THAT(events, ElementsAre("task slept"));
}

TEST_F(RealTimeTest, ASleepOfANegativeTimeIsNoCancellation) {
  spawn(note_sleep(seconds(-1), "task", &events));
  context.run();
  EXPECT_THAT(events, ElementsAre("task slept"));
}

TEST_F(RealTimeTest, ASleepOfTheLongestTimeDoesNotOverflow) {
  spawn(note_sleep(kForever, "task", &events));
  context.poll();
  EXPECT_THAT(events, IsEmpty());
  cancel();
  context.run();
  EXPECT_THAT(events, ElementsAre("task cut short cancelled"));
}

TEST_F(RealTimeTest, ACancelledCoroutineDoesNotSleep) {
  spawn(cancel_then_sleep([this] { cancel(); }, &events));
  context.run();
  EXPECT_THAT(events, ElementsAre("task cut short cancelled"));
}

TEST_F(RealTimeTest, ATimerThatIsSetAnewEndsItsWaits) {
  LoopTimer timer(context.get_executor());
  timer.expires_after(kMustNotExpire);
  spawn(note_wait(&timer, "old", &events));
  context.poll();
  timer.expires_after(milliseconds(0));
  spawn(note_wait(&timer, "new", &events));
  context.run();
  EXPECT_THAT(events, ElementsAre("old ended", "new up"));
}

TEST_F(RealTimeTest, ACallbackIsCalledWhenTheTimeIsUpAndNotOtherwise) {
  LoopTimer timer(context.get_executor());
  timer.expires_after(kMustNotExpire);
  timer.on_expiry([this] { events.emplace_back("cancelled timer"); });
  timer.cancel();
  LoopTimer other(context.get_executor());
  other.expires_after(milliseconds(0));
  other.on_expiry([this] { events.emplace_back("other timer"); });
  context.run();
  EXPECT_THAT(events, ElementsAre("other timer"));
}

TEST_F(RealTimeTest, TheTimeOfTheLoopIsTheSystems) {
  auto const before = std::chrono::steady_clock::now();
  auto const now = loop_now(context.get_executor()).steady;
  EXPECT_GE(now, before);
  EXPECT_LE(now, loop_clock(context.get_executor())->now().steady);
}

// ---- Virtual time

class VirtualTimeTest : public TimerTest {
 protected:
  async::VirtualTime time{context};
};

TEST_F(VirtualTimeTest, AfterALeapEverythingIsLateAndInOrder) {
  auto const begin = time.clock()->now();
  spawn(note_two_sleeps(seconds(10), &events));
  spawn(note_sleep(seconds(5), "task", &events));
  time.leap(seconds(100));
  EXPECT_THAT(events, ElementsAre("task slept", "first")) << "the second sleep begins late";
  EXPECT_EQ(time.clock()->now().steady - begin.steady, seconds(100));
  EXPECT_EQ(time.clock()->now().wall - begin.wall, seconds(100));
  time.advance(seconds(10));
  EXPECT_THAT(events, ElementsAre("task slept", "first", "second"));
}

TEST_F(VirtualTimeTest, NothingHappensBeforeTheTimeIsMoved) {
  spawn(note_sleep(milliseconds(1), "task", &events));
  context.poll();
  EXPECT_THAT(events, IsEmpty());
  time.advance(std::chrono::microseconds(999));
  EXPECT_THAT(events, IsEmpty());
  time.advance(std::chrono::microseconds(1));
  EXPECT_THAT(events, ElementsAre("task slept"));
}

TEST_F(VirtualTimeTest, WhatIsDueHappensInTheOrderOfItsTime) {
  spawn(note_sleep(seconds(3), "third", &events));
  spawn(note_sleep(seconds(1), "first", &events));
  spawn(note_sleep(seconds(2), "second", &events));
  spawn(note_sleep(seconds(2), "second again", &events));
  time.advance(seconds(3));
  EXPECT_THAT(events,
              ElementsAre("first slept", "second slept", "second again slept", "third slept"));
}

TEST_F(VirtualTimeTest, WhatASleepCausesHappensAtItsOwnTime) {
  spawn(note_two_sleeps(seconds(1), &events));
  time.advance(seconds(2));
  EXPECT_THAT(events, ElementsAre("first", "second"));
}

TEST_F(VirtualTimeTest, ASleepOfNoTimeNeedsNoMove) {
  spawn(note_sleep(seconds(0), "task", &events));
  context.poll();
  EXPECT_THAT(events, ElementsAre("task slept"));
}

TEST_F(VirtualTimeTest, ASleepCanBeCancelled) {
  spawn(note_sleep(seconds(1), "task", &events));
  context.poll();
  cancel();
  context.poll();
  EXPECT_THAT(events, ElementsAre("task cut short cancelled"));
  EXPECT_EQ(time.next(), std::nullopt);
}

TEST_F(VirtualTimeTest, ACancellationAtTheMomentOfTheExpiryCounts) {
  LoopTimer timer(context.get_executor());
  timer.expires_after(seconds(1));
  timer.on_expiry([this] { cancel(); });
  spawn(note_sleep(seconds(1), "task", &events));
  time.advance(seconds(1));
  EXPECT_THAT(events, ElementsAre("task cut short cancelled"));
}

TEST_F(VirtualTimeTest, ATimerThatIsSetAnewStaysExpiredForThoseWhoWaitedBefore) {
  LoopTimer timer(context.get_executor());
  timer.expires_after(seconds(1));
  timer.on_expiry([&timer] { timer.expires_after(seconds(5)); });
  spawn(note_wait(&timer, "old", &events));
  time.advance(seconds(1));
  EXPECT_THAT(events, ElementsAre("old up"));
  spawn(note_wait(&timer, "new", &events));
  time.advance(seconds(4));
  EXPECT_THAT(events, ElementsAre("old up"));
  timer.cancel();
  context.poll();
  EXPECT_THAT(events, ElementsAre("old up", "new ended"));
}

TEST_F(VirtualTimeTest, ATimerThatIsNotSetWaitsForever) {
  LoopTimer timer(context.get_executor());
  spawn(note_wait(&timer, "task", &events));
  time.advance(std::chrono::hours(100000));
  EXPECT_THAT(events, IsEmpty());
  timer.cancel();
  context.poll();
  EXPECT_THAT(events, ElementsAre("task ended"));
}

TEST_F(VirtualTimeTest, ATimerMayBeDestroyedDuringAWait) {
  auto timer = std::make_unique<LoopTimer>(context.get_executor());
  timer->expires_after(seconds(1));
  spawn(note_wait(timer.get(), "task", &events));
  context.poll();
  timer.reset();
  time.advance(seconds(2));
  EXPECT_THAT(events, ElementsAre("task ended"));
}

TEST_F(VirtualTimeTest, CallbacksFollowTheTime) {
  LoopTimer timer(context.get_executor());
  timer.expires_after(seconds(1));
  timer.on_expiry([this] { events.emplace_back("due"); });
  LoopTimer past(context.get_executor());
  past.expires_after(seconds(-1));
  past.on_expiry([this] { events.emplace_back("past"); });
  LoopTimer ended(context.get_executor());
  ended.expires_after(seconds(1));
  ended.on_expiry([this] { events.emplace_back("never"); });
  ended.cancel();
  time.advance(seconds(1));
  EXPECT_THAT(events, ElementsAre("past", "due"));
}

TEST_F(VirtualTimeTest, TheClockGoesAlong) {
  auto const clock = time.clock();
  Now const before = clock->now();
  EXPECT_EQ(before.wall, std::chrono::sys_days{std::chrono::January / 1 / 2026});
  time.advance(std::chrono::hours(2));
  EXPECT_EQ(clock->now().wall - before.wall, std::chrono::hours(2));
  EXPECT_EQ(clock->now().steady - before.steady, std::chrono::hours(2));
  EXPECT_EQ(loop_now(context.get_executor()).steady, clock->now().steady);
  EXPECT_EQ(loop_clock(context.get_executor())->now().wall, clock->now().wall);
}

TEST_F(VirtualTimeTest, ItMovesFromOneMomentToTheNext) {
  Now const begin = time.clock()->now();
  spawn(note_two_sleeps(seconds(50), &events));
  EXPECT_TRUE(time.advance_to_next());
  EXPECT_THAT(events, ElementsAre("first"));
  EXPECT_EQ(time.next(), begin.steady + seconds(100));
  EXPECT_TRUE(time.advance_to_next());
  EXPECT_FALSE(time.advance_to_next());
  EXPECT_EQ(time.clock()->now().steady, begin.steady + seconds(100));
}

TEST_F(VirtualTimeTest, ThereIsOneForALoopAndItIsNotMovedFromWithin) {
  EXPECT_THROW(async::VirtualTime second(context), std::logic_error);
  asio::post(context, [this] { EXPECT_THROW(time.advance(seconds(1)), std::logic_error); });
  context.poll();
}

TEST(VirtualTimeEnd, AfterwardsTimersAreRealAndTheClockStandsStill) {
  asio::io_context context{1};
  std::shared_ptr<Clock> clock;
  Events events;
  {
    async::VirtualTime time(context);
    clock = time.clock();
    time.advance(seconds(1));
  }
  Now const end = clock->now();
  asio::co_spawn(context, note_sleep(milliseconds(1), "task", &events), asio::detached);
  context.restart();
  context.run();
  EXPECT_THAT(events, ElementsAre("task slept"));
  EXPECT_EQ(clock->now().steady, end.steady);
}

}  // namespace
}  // namespace scaleset::base
