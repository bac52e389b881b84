#include <chrono>

#include "test_stage.hpp"

/// What the daemon does when the clocks of its host move.
namespace scaleset::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// By how much the system clock jumps.
class SystemClock : public ::testing::TestWithParam<seconds> {
 protected:
  TestStage stage_;
};

TEST_P(SystemClock, ThatJumpsCostsNoJobAndNoRunner) {
  stage_.serve(2, 6);
  ASSERT_TRUE(stage_.waits_for_idle(2, minutes(2)));
  stage_.queue_jobs(3);
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.jobs_running() == 3; }, minutes(4)));
  int stopped = 0;
  stage_.machine().on_stop = [&](backends::PretendInstance const& instance) {
    if (instance.activity() == backends::Activity::busy) ++stopped;
  };
  stage_.host().clock().jump(GetParam());
  stage_.pass(minutes(1));
  stage_.queue_jobs(3);
  EXPECT_TRUE(stage_.pass_until([&] { return stage_.tenant().jobs.empty(); }, minutes(30)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 6);
  EXPECT_EQ(stopped, 0);
  EXPECT_EQ(stage_.said(" error "), 0);
}

TEST_P(SystemClock, ThatJumpedWhileTheDaemonWasDeadCostsNoRunner) {
  stage_.serve(2, 6);
  stage_.queue_jobs(3);
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.jobs_running() == 3; }, minutes(4)));
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.snapshot().counts.idle == 2; }, minutes(10)));
  auto const started = stage_.counters().jit_configs;
  stage_.kill();
  stage_.host().clock().jump(GetParam());
  stage_.serve(2, 6);
  EXPECT_TRUE(stage_.waits_for_idle(2, minutes(1))) << "they are adopted";
  stage_.pass(minutes(20));
  EXPECT_TRUE(stage_.tenant().jobs.empty());
  EXPECT_EQ(stage_.jobs_with("succeeded"), 3);
  EXPECT_EQ(stage_.counters().jit_configs, started) << "nothing was replaced";
}

INSTANTIATE_TEST_SUITE_P(Jumps, SystemClock,
                         ::testing::Values(minutes(-5), minutes(5), hours(-2), hours(2),
                                           hours(-24 * 30), hours(24 * 30)));

/// How long the host sleeps.
class Sleep : public ::testing::TestWithParam<minutes> {};

TEST_P(Sleep, OfTheHostIsOverAtOnce) {
  TestStage stage;
  stage.serve(2, 6);
  ASSERT_TRUE(stage.waits_for_idle(2, minutes(2)));
  stage.pass(minutes(10));
  stage.sleep(GetParam());
  stage.queue_jobs(4);
  EXPECT_TRUE(stage.pass_until([&] { return stage.jobs_running() == 4; }, minutes(5)));
  EXPECT_TRUE(stage.finishes_jobs(minutes(20)));
  EXPECT_EQ(stage.jobs_with("succeeded"), 4);
  EXPECT_EQ(stage.tenant().scale_sets.size(), 1U);
}
INSTANTIATE_TEST_SUITE_P(Times, Sleep,
                         ::testing::Values(minutes(1), minutes(20), minutes(3 * 60),
                                           minutes(3 * 24 * 60)));

}  // namespace
}  // namespace scaleset::simulation
