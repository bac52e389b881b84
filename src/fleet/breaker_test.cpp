#include "fleet/breaker.hpp"

#include <gtest/gtest.h>

#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::fleet {
namespace {

using std::chrono::seconds;
using State = Breaker::State;

constexpr TimePoint kStart{std::chrono::hours{1}};

class BreakerTest : public ::testing::Test {
 protected:
  scaleset::testing::FixedRandom random_{0};  // so that the delays are not shortened
  Breaker breaker_{3, {seconds(1), seconds(4)}};
  TimePoint now_ = kStart;

  bool fail() { return breaker_.fail("out of memory", now_, random_); }
  /// Waits until the pause is over and returns how long it was.
  Duration pause() {
    auto const start = now_;
    now_ = breaker_.retry_at().value();
    breaker_.advance(now_);
    return std::chrono::duration_cast<Duration>(now_ - start);
  }
};

TEST_F(BreakerTest, OpensAtTheThreshold) {
  EXPECT_FALSE(fail());
  EXPECT_FALSE(fail());
  EXPECT_EQ(breaker_.state(), State::closed);
  EXPECT_TRUE(fail());
  EXPECT_EQ(breaker_.state(), State::open);
  EXPECT_EQ(breaker_.cause(), "out of memory");
  EXPECT_EQ(breaker_.failures(), 3);
}

TEST_F(BreakerTest, EachFailureBeginsAPauseTwiceAsLongAlsoBeforeItOpens) {
  EXPECT_FALSE(breaker_.retry_at());
  EXPECT_FALSE(fail());
  EXPECT_EQ(pause(), seconds(1));
  EXPECT_FALSE(fail());
  EXPECT_EQ(pause(), seconds(2));
  EXPECT_EQ(breaker_.state(), State::closed);
  EXPECT_FALSE(breaker_.retry_at());
  EXPECT_TRUE(fail());
  EXPECT_EQ(pause(), seconds(4));
}

TEST_F(BreakerTest, RemembersTheFirstFailureUntilASuccess) {
  EXPECT_FALSE(breaker_.failing_since());
  auto const first = now_;
  for (int i = 0; i < 4; ++i) {
    fail();
    pause();
  }
  EXPECT_EQ(breaker_.failing_since(), first);
  breaker_.promise();
  EXPECT_EQ(breaker_.failing_since(), first);
  breaker_.succeed();
  EXPECT_FALSE(breaker_.failing_since());
  EXPECT_FALSE(breaker_.retry_at());
  fail();
  EXPECT_EQ(pause(), seconds(1)) << "the pauses are short again";
}

TEST_F(BreakerTest, ASuccessForgetsTheFailuresBeforeIt) {
  fail();
  fail();
  EXPECT_FALSE(breaker_.succeed());
  fail();
  fail();
  EXPECT_EQ(breaker_.state(), State::closed);
}

TEST_F(BreakerTest, FailuresOfEarlierAttemptsDoNotLengthenThePause) {
  for (int i = 0; i < 3; ++i) fail();
  auto const retry_at = breaker_.retry_at();
  EXPECT_FALSE(fail());
  EXPECT_EQ(breaker_.retry_at(), retry_at);
  EXPECT_EQ(breaker_.failures(), 3);
}

TEST_F(BreakerTest, ThePauseDoublesUpToTheMaximum) {
  for (int i = 0; i < 3; ++i) fail();
  EXPECT_EQ(pause(), seconds(1));
  EXPECT_EQ(breaker_.state(), State::probing);
  for (auto const expected : {seconds(2), seconds(4), seconds(4)}) {
    EXPECT_TRUE(fail());
    EXPECT_EQ(pause(), expected);
  }
}

TEST_F(BreakerTest, StaysOpenUntilThePauseIsOver) {
  for (int i = 0; i < 3; ++i) fail();
  breaker_.advance(now_ + seconds(1) - Duration(1));
  EXPECT_EQ(breaker_.state(), State::open);
}

TEST_F(BreakerTest, APromiseClosesItButTheNextPauseIsLonger) {
  for (int i = 0; i < 3; ++i) fail();
  pause();
  EXPECT_TRUE(breaker_.promise());
  EXPECT_EQ(breaker_.state(), State::closed);
  EXPECT_TRUE(fail());
  EXPECT_EQ(pause(), seconds(2));
  EXPECT_TRUE(breaker_.succeed());
  EXPECT_FALSE(fail());
}

TEST_F(BreakerTest, HonoursRetryAfterEvenBelowTheThresholdAndWhileOpen) {
  EXPECT_TRUE(breaker_.fail("rate limited", now_, random_, seconds(90)));
  EXPECT_EQ(breaker_.retry_at(), now_ + seconds(90));
  EXPECT_FALSE(breaker_.fail("rate limited", now_, random_, seconds(120)));
  EXPECT_EQ(breaker_.retry_at(), now_ + seconds(120));
}

TEST_F(BreakerTest, APauseEndsWhenItsReasonMayBeGone) {
  for (int i = 0; i < 3; ++i) fail();
  EXPECT_EQ(breaker_.state(), State::open);
  breaker_.hurry(now_);
  EXPECT_EQ(breaker_.state(), State::probing);
  EXPECT_TRUE(fail()) << "if it was not, the pause begins anew";
  EXPECT_EQ(breaker_.state(), State::open);
}

TEST_F(BreakerTest, WithoutAPauseThereIsNothingToEnd) {
  fail();
  breaker_.hurry(now_);
  EXPECT_EQ(breaker_.state(), State::closed);
  EXPECT_EQ(breaker_.failures(), 1) << "nothing is forgotten";
}

}  // namespace
}  // namespace scaleset::fleet
