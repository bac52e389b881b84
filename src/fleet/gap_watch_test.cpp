#include "fleet/gap_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint kStart{std::chrono::hours{1000}};
constexpr Duration kWindow = minutes{5};

class GapWatchTest : public ::testing::Test {
 protected:
  GapWatchTest() {
    gap_.report(3, 1);
    gap_.waits(2, now_);
  }

  Runner& idle(std::string const& name, TimePoint planned, TimePoint idle_since) {
    Runner& runner = runners_[name];
    runner.state = RunnerState::idle;
    runner.planned_at = planned;
    runner.idle_since = idle_since;
    return runner;
  }
  std::vector<std::string> suspects(std::int64_t gap) {
    auto names = gap_.suspects(gap, runners_, now_, kWindow);
    for (auto const& name : names) runners_.at(name).suspect = true;
    return names;
  }
  [[nodiscard]] bool is_hopeless() const { return gap_.is_hopeless(runners_, now_, kWindow); }
  [[nodiscard]] std::optional<TimePoint> next(std::int64_t gap) const {
    return gap_.next(gap, runners_, now_, kWindow);
  }

  TimePoint now_ = kStart;
  GapWatch gap_;
  Runners runners_;
};

TEST_F(GapWatchTest, SuspectsNobodyBeforeTheWindowIsOver) {
  idle("a", kStart - minutes{60}, kStart - minutes{60});
  EXPECT_EQ(next(2), kStart + kWindow);
  now_ += kWindow - Duration(1);
  EXPECT_THAT(suspects(2), IsEmpty());
  now_ += Duration(1);
  EXPECT_THAT(suspects(2), ElementsAre("a"));
}

TEST_F(GapWatchTest, SuspectsTheOldestAndOnlyOneForEachJob) {
  idle("a", kStart, kStart);
  idle("b", kStart, kStart - seconds{30});
  idle("c", kStart, kStart - seconds{60});
  now_ += kWindow;
  EXPECT_THAT(suspects(2), ElementsAre("c", "b"));
  EXPECT_THAT(suspects(2), IsEmpty()) << "each of the two jobs has had its replacement";
}

TEST_F(GapWatchTest, SuspectsNobodyWithoutAGap) {
  idle("a", kStart, kStart);
  now_ += minutes{60};
  EXPECT_THAT(suspects(0), IsEmpty());
  EXPECT_FALSE(next(0));
}

TEST_F(GapWatchTest, SuspectsOnlyIdleRunnersThatAreOldEnough) {
  idle("young", kStart, kStart + seconds{1});
  idle("condemned", kStart, kStart).condemned = true;
  idle("busy", kStart, kStart).state = RunnerState::busy;
  now_ += kWindow;
  EXPECT_THAT(suspects(5), IsEmpty());
  EXPECT_EQ(next(5), now_ + seconds{1});
  now_ += seconds{1};
  EXPECT_THAT(suspects(5), ElementsAre("young"));
}

TEST_F(GapWatchTest, AChangeOfTheNumbersAllowsAnotherReplacementAtOnce) {
  idle("a", kStart, kStart);
  now_ += kWindow;
  ASSERT_THAT(suspects(2), ElementsAre("a"));
  EXPECT_FALSE(gap_.report(3, 1)) << "nothing has changed";
  EXPECT_TRUE(gap_.report(3, 2));
  idle("b", kStart, kStart);
  EXPECT_THAT(suspects(1), ElementsAre("b")) << "jobs have waited beside it for a window as well";
}

TEST_F(GapWatchTest, TheWaitGoesOnAlthoughTheNumbersChangeAllTheTime) {
  idle("a", kStart, kStart);
  for (int i = 0; i < 300; ++i) {
    EXPECT_THAT(suspects(2), IsEmpty());
    now_ += seconds{1};
    gap_.report(3 + i % 2, i % 2);
    gap_.waits(3, now_);
  }
  EXPECT_THAT(suspects(2), ElementsAre("a"));
}

TEST_F(GapWatchTest, AJobThatIsAssignedAgainHasWaitedAllTheTime) {
  idle("a", kStart, kStart);
  now_ += kWindow - seconds{30};
  gap_.waits(0, now_);
  now_ += seconds{1};
  gap_.waits(1, now_);
  now_ += seconds{29};
  EXPECT_THAT(suspects(1), ElementsAre("a"));
}

TEST_F(GapWatchTest, AfterAMinuteWithoutWaitingJobsTheWaitBeginsAnew) {
  idle("a", kStart, kStart);
  now_ += kWindow;
  gap_.waits(0, now_);
  now_ += minutes{1};
  gap_.waits(0, now_);
  gap_.waits(1, now_);
  EXPECT_THAT(suspects(1), IsEmpty());
  EXPECT_EQ(next(1), now_ + kWindow);
}

TEST_F(GapWatchTest, IfAJobGoesToARunnerThatHadWaitedTheServiceIsSlow) {
  auto& first = idle("a", kStart, kStart);
  auto& young = idle("b", kStart, kStart + minutes{4});
  now_ += kWindow;
  EXPECT_FALSE(gap_.got_job(young, now_, kWindow)) << "that says nothing about the others";
  EXPECT_TRUE(gap_.got_job(first, now_, kWindow));
  gap_.waits(1, now_);
  EXPECT_THAT(suspects(1), IsEmpty());
  EXPECT_EQ(next(1), now_ + kWindow);
}

TEST_F(GapWatchTest, AfterAPhantomTheWaitBeginsAnew) {
  idle("a", kStart, kStart);
  now_ += kWindow;
  gap_.give_up(2);
  gap_.report(4, 1);
  gap_.waits(3, now_);
  EXPECT_THAT(suspects(3), IsEmpty());
  EXPECT_EQ(next(3), now_ + kWindow);
}

TEST_F(GapWatchTest, IsHopelessWhenTheReplacementGetsNoJobEither) {
  idle("a", kStart, kStart);
  now_ += kWindow;
  ASSERT_THAT(suspects(1), ElementsAre("a"));
  runners_.erase("a");
  idle("replacement", now_, now_ + seconds{40});
  now_ += kWindow;
  EXPECT_FALSE(is_hopeless()) << "it has not been idle for a whole window yet";
  EXPECT_EQ(next(1), now_ + seconds{40});
  now_ += seconds{40};
  EXPECT_TRUE(is_hopeless());
  EXPECT_THAT(suspects(1), IsEmpty()) << "a replacement is not replaced";
}

TEST_F(GapWatchTest, IsHopelessAfterTwoWindowsWithoutAnyReplacement) {
  idle("a", kStart, kStart);
  now_ += kWindow;
  ASSERT_THAT(suspects(1), ElementsAre("a"));
  now_ += 2 * kWindow - Duration(1);
  EXPECT_FALSE(is_hopeless());
  EXPECT_EQ(next(1), now_ + Duration(1));
  now_ += Duration(1);
  EXPECT_TRUE(is_hopeless());
}

TEST_F(GapWatchTest, IsNotHopelessBeforeAnybodyWasReplaced) {
  idle("a", kStart, kStart);
  now_ += minutes{60};
  EXPECT_FALSE(is_hopeless());
}

TEST_F(GapWatchTest, AGapThatWasGivenUpCostsNoMoreRunnersUntilTheNumbersChange) {
  idle("a", kStart, kStart);
  now_ += kWindow;
  gap_.give_up(2);
  EXPECT_EQ(gap_.phantom(), 2);
  EXPECT_THAT(suspects(2), IsEmpty());
  EXPECT_FALSE(next(2));
  gap_.report(4, 1);
  EXPECT_EQ(gap_.phantom(), 0);
}

}  // namespace
}  // namespace scaleset::fleet
