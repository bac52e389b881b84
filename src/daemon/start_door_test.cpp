#include "daemon/start_door.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/coroutine_test.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StartDoorTest : public base::testing::CoroutineTest {
 protected:
  /// Enters, makes a call that lasts so long, and is done.
  boost::asio::awaitable<void> call(std::int64_t set, std::chrono::milliseconds lasts,
                                    Error const* error = nullptr) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    bool const entered = co_await door.enter(set, 2min);
    events.push_back(std::to_string(set) + (entered ? " calls" : " leaves"));
    if (!entered) co_return;
    StartPass pass(made);
    co_await async::sleep_for(lasts);
    pass.done(error);
  }
  std::size_t calls() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        events, [](std::string const& event) { return event.ends_with(" calls"); }));
  }
  static StartGateOptions options() {
    StartGateOptions made;
    made.rate = 1;
    made.burst = 4;
    made.parallel = 2;
    return made;
  }

  async::VirtualTime time{context};
  std::shared_ptr<scaleset::testing::RecordingLogSink> log =
      std::make_shared<scaleset::testing::RecordingLogSink>();
  std::shared_ptr<StartDoor> made =
      std::make_shared<StartDoor>(context.get_executor(), options(), base::Logger(log, "daemon"));
  StartDoor& door = *made;
};

TEST_F(StartDoorTest, CallsWaitForThoseUnderWayAndThenForTime) {
  for (int i = 0; i < 6; ++i) spawn(call(1, 100ms));
  time.advance(0ms);
  EXPECT_EQ(calls(), 2U);
  time.advance(100ms);
  EXPECT_EQ(calls(), 4U);
  time.advance(899ms);
  EXPECT_EQ(calls(), 4U) << "the burst is used up";
  time.advance(1ms);
  EXPECT_EQ(calls(), 5U);
  time.advance(1s);
  EXPECT_EQ(calls(), 6U);
}

TEST_F(StartDoorTest, AScaleSetThatStormsDelaysNoOther) {
  for (int i = 0; i < 100; ++i) spawn(call(1, 100ms));
  time.advance(0ms);
  spawn(call(2, 100ms));
  time.advance(100ms);
  EXPECT_THAT(events, ElementsAre("1 calls", "1 calls", "1 calls", "2 calls"));
}

TEST_F(StartDoorTest, WhoIsCancelledLeaves) {
  for (int i = 0; i < 10; ++i) spawn(call(1, 1h));
  time.advance(0ms);
  cancel();
  time.advance(0ms);
  EXPECT_EQ(events.size(), 10U);
  EXPECT_EQ(door.gate().waiting(), 0U);
}

TEST_F(StartDoorTest, AfterARefusalNobodyCallsForAWhileAndTheLogSaysIt) {
  Error refusal(ErrorCode::rate_limited, "too many requests");
  refusal.retry_after = 30s;
  spawn(call(1, 100ms, &refusal));
  time.advance(50ms);
  for (int i = 0; i < 3; ++i) spawn(call(2, 100ms, &refusal));
  time.advance(100ms);
  ASSERT_EQ(log->lines().size(), 1U);
  EXPECT_THAT(log->lines()[0], HasSubstr("GitHub wants fewer calls"));
  EXPECT_THAT(log->lines()[0], HasSubstr("30000"));
  EXPECT_EQ(calls(), 2U);
  time.advance(29s);
  EXPECT_EQ(calls(), 2U);
  time.advance(1100ms);
  EXPECT_EQ(calls(), 3U);
}

TEST_F(StartDoorTest, WhoWaitsTooLongLeaves) {
  for (int i = 0; i < 3; ++i) spawn(call(1, 1h));
  time.advance(2min - 1s);
  EXPECT_THAT(events, ElementsAre("1 calls", "1 calls"));
  time.advance(1s);
  EXPECT_THAT(events, ElementsAre("1 calls", "1 calls", "1 leaves"));
  EXPECT_EQ(door.gate().waiting(), 0U);
}

TEST_F(StartDoorTest, AScaleSetThatStopsIsTurnedAway) {
  for (int i = 0; i < 2; ++i) spawn(call(1, 1h));
  time.advance(0ms);
  spawn(call(1, 1h));
  spawn(call(2, 1h));
  time.advance(0ms);
  door.turn_away(1);
  time.advance(0ms);
  EXPECT_THAT(events, ElementsAre("1 calls", "1 calls", "1 leaves"));
  EXPECT_EQ(door.gate().waiting(), 1U);
}

TEST_F(StartDoorTest, NewOptionsLetThoseInWhoWait) {
  for (int i = 0; i < 3; ++i) spawn(call(1, 1h));
  time.advance(0ms);
  EXPECT_EQ(calls(), 2U);
  auto more = options();
  more.parallel = 3;
  door.configure(more);
  time.advance(0ms);
  EXPECT_EQ(calls(), 3U);
}

}  // namespace
}  // namespace scaleset::daemon
