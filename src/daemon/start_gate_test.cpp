#include "daemon/start_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

StartGateOptions options(double rate, int burst, int parallel) {
  StartGateOptions made;
  made.rate = rate;
  made.burst = burst;
  made.parallel = parallel;
  return made;
}

Error limited(std::optional<std::chrono::milliseconds> retry_after,
              ErrorCode code = ErrorCode::rate_limited) {
  Error error(code, "slow down");
  error.retry_after = retry_after;
  return error;
}

class StartGateTest : public ::testing::Test {
 protected:
  void join(std::int64_t set, int times) {
    for (int i = 0; i < times; ++i) gate.join(set);
  }
  /// All calls that are admitted end at once. Returns how many there were.
  std::size_t pass() {
    auto const admitted = gate.admit(now);
    for (std::size_t i = 0; i < admitted.size(); ++i) gate.ended(nullptr, now);
    return admitted.size();
  }
  std::size_t pass_all() {
    std::size_t all = 0;
    while (std::size_t const some = pass()) all += some;
    return all;
  }

  Error refusal = limited(60s);
  StartGate::TimePoint now{1000h};
  StartGate gate{options(50, 1000, 32), now};
};

TEST_F(StartGateTest, NobodyWaitsForNothing) {
  EXPECT_THAT(gate.admit(now), IsEmpty());
  EXPECT_EQ(gate.next(), std::nullopt);
  auto const ticket = gate.join(1);
  EXPECT_THAT(gate.admit(now), ElementsAre(ticket));
  EXPECT_THAT(gate.admit(now), IsEmpty()) << "each once";
}

TEST_F(StartGateTest, OnlySoManyCallsAreUnderWay) {
  join(1, 100);
  EXPECT_EQ(gate.admit(now).size(), 32U);
  EXPECT_EQ(gate.next(), std::nullopt) << "the end of a call says when";
  gate.ended(nullptr, now);
  EXPECT_EQ(gate.admit(now).size(), 1U);
  EXPECT_EQ(gate.waiting(), 67U);
}

TEST_F(StartGateTest, ScaleSetsTakeTurns) {
  gate = StartGate(options(50, 1000, 4), now);
  for (int i = 0; i < 3; ++i) gate.join(1);  // tickets 1 to 3
  gate.join(2);                              // 4
  gate.join(3);                              // 5
  EXPECT_THAT(gate.admit(now), ElementsAre(1, 4, 5, 2));
  gate.join(2);  // 6
  gate.ended(nullptr, now);
  gate.ended(nullptr, now);
  EXPECT_THAT(gate.admit(now), ElementsAre(3, 6));
}

TEST_F(StartGateTest, AfterTheBurstTheRateCounts) {
  join(1, 3000);
  EXPECT_EQ(pass_all(), 1000U);
  EXPECT_EQ(gate.next(), now + 20ms);
  now += 20ms;
  EXPECT_EQ(pass_all(), 1U);
  now += 10s;
  EXPECT_EQ(pass_all(), 500U);
  now += 1h;
  EXPECT_EQ(pass_all(), 1000U) << "no more than the burst is saved";
}

TEST_F(StartGateTest, WhoLeavesIsNotAdmitted) {
  auto const first = gate.join(1);
  auto const second = gate.join(1);
  auto const third = gate.join(2);
  gate.leave(1, first);
  EXPECT_THAT(gate.admit(now), ElementsAre(second, third));
  gate.leave(1, second);  // it is under way
  gate.leave(7, 99);      // nobody
  gate.leave(2, gate.join(2));
  EXPECT_EQ(gate.waiting(), 0U);
  EXPECT_THAT(gate.admit(now), IsEmpty());
}

TEST_F(StartGateTest, ARefusalClosesItForAsLongAsTheServiceSays) {
  join(1, 2);
  ASSERT_EQ(gate.admit(now).size(), 2U);
  join(1, 10);
  EXPECT_FALSE(gate.ended(nullptr, now));
  EXPECT_TRUE(gate.ended(&refusal, now));
  EXPECT_THAT(gate.admit(now), IsEmpty());
  EXPECT_EQ(gate.next(), now + 60s);
  now += 59s;
  EXPECT_THAT(gate.admit(now), IsEmpty());
  now += 1s;
  EXPECT_EQ(pass_all(), 1U) << "what was saved is lost";
  EXPECT_DOUBLE_EQ(gate.rate(), 25);
  now += 40ms;
  EXPECT_EQ(pass_all(), 1U);
}

TEST_F(StartGateTest, CallsThatAreRefusedTogetherAreOneRefusal) {
  join(1, 32);
  ASSERT_EQ(gate.admit(now).size(), 32U);
  EXPECT_TRUE(gate.ended(&refusal, now));
  for (int i = 0; i < 31; ++i) EXPECT_FALSE(gate.ended(&refusal, now + 1s));
  EXPECT_DOUBLE_EQ(gate.rate(), 25);
  join(1, 1);
  EXPECT_EQ(gate.next(), now + 61s) << "the longest wait counts";
}

TEST_F(StartGateTest, TheRateIsReachedAgainInTenMinutes) {
  join(1, 1);
  gate.admit(now);
  gate.ended(&refusal, now);
  now += 60s + 5min;
  gate.admit(now);
  EXPECT_DOUBLE_EQ(gate.rate(), 50);
  // Refused again and again, it never stops.
  for (int i = 0; i < 20; ++i) {
    gate.join(1);
    ASSERT_EQ(gate.admit(now).size(), 1U);
    EXPECT_TRUE(gate.ended(&refusal, now));
    now += 60s + 3s;
  }
  EXPECT_GE(gate.rate(), 0.5);
  EXPECT_LT(gate.rate(), 1);
  now += 10min;
  gate.admit(now);
  EXPECT_DOUBLE_EQ(gate.rate(), 50);
}

TEST_F(StartGateTest, WhichErrorsAreARefusal) {
  struct Case {
    Error error;
    bool refuses;
  };
  for (auto const& [error, refuses] : {Case{limited(60s), true}, Case{limited(std::nullopt), true},
                                       Case{limited(60s, ErrorCode::forbidden), true},
                                       Case{limited(std::nullopt, ErrorCode::forbidden), false},
                                       Case{limited(60s, ErrorCode::server_error), false}}) {
    StartGate one(options(50, 1000, 32), now);
    one.join(1);
    one.admit(now);
    EXPECT_EQ(one.ended(&error, now), refuses) << to_string(error.code);
  }
}

TEST_F(StartGateTest, NewOptionsCountAtOnce) {
  join(1, 100);
  gate.configure(options(1, 10, 5), now);
  EXPECT_EQ(gate.admit(now).size(), 5U);
  for (int i = 0; i < 5; ++i) gate.ended(nullptr, now);
  EXPECT_EQ(pass_all(), 5U);
  EXPECT_EQ(gate.next(), now + 1s);
  gate.configure(options(100, 10, 5), now);
  EXPECT_EQ(gate.next(), now + 10ms);
}

TEST_F(StartGateTest, NewOptionsDoNotEndARefusal) {
  join(1, 1);
  gate.admit(now);
  gate.ended(&refusal, now);
  gate.configure(options(100, 1000, 32), now);
  EXPECT_DOUBLE_EQ(gate.rate(), 25);
  join(1, 1);
  EXPECT_EQ(gate.next(), now + 60s);
}

}  // namespace
}  // namespace scaleset::daemon
