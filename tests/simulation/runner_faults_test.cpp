#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "test_stage.hpp"

/// What the daemon does when runners are not what they seem to be, or do not do what they should.
namespace scaleset::simulation {
namespace {

using backends::PretendFault;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Idle runners.

TEST(IdleRunner, WithoutARegistrationIsReplaced) {
  TestStage stage;
  stage.program().troubles.turns_deaf = 1;
  stage.serve(1, 4);
  ASSERT_TRUE(stage.waits_for_idle(1, minutes(2)));
  stage.program().troubles = {};
  stage.pass(minutes(10));
  std::string const old = stage.some_runner();
  ASSERT_EQ(stage.snapshot().counts.idle, 1) << "as long as the service knows it, all seems well";
  stage.remove_at_the_service(old);
  EXPECT_TRUE(stage.pass_until(
      [&] {
        return stage.machine().find(old) == nullptr && stage.snapshot().counts.idle == 1 &&
               stage.tenant().runners.size() == 1;
      },
      minutes(4)));
  EXPECT_EQ(stage.snapshot().totals.start_failures, 0U);
}

TEST(IdleRunner, ThatGetsNoJobsIsReplacedAfterAWhile) {
  TestStage stage;
  stage.program().troubles.turns_deaf = 1;
  stage.serve(1, 1);
  ASSERT_TRUE(stage.waits_for_idle(1, minutes(2)));
  stage.program().troubles = {};
  stage.queue_jobs(1);
  // The service gives the job to no runner, and takes it back after five minutes.
  EXPECT_TRUE(stage.pass_until([&] { return stage.jobs_running() == 1; }, minutes(10)));
}

TEST(IdleRunner, IsReplacedWhenItHasBeenIdleForLong) {
  TestStage stage;
  stage.serve(2, 4);
  ASSERT_TRUE(stage.waits_for_idle(2, minutes(2)));
  // Both are taken over, so that their time is over at the same moment.
  ASSERT_TRUE(stage.detach());
  stage.serve(2, 4);
  ASSERT_TRUE(stage.waits_for_idle(2, minutes(2)));
  std::set<std::string> old;
  for (auto const& [id, runner] : stage.tenant().runners) old.insert(runner.name);
  stage.pass(minutes(28));
  EXPECT_EQ(stage.counters().jit_configs, 2) << "not before its time";
  int fewest = 2;
  stage.on_step = [&] { fewest = std::min(fewest, stage.snapshot().counts.idle); };
  EXPECT_TRUE(stage.pass_until(
      [&] {
        return stage.snapshot().counts.idle == 2 &&
               std::ranges::none_of(stage.tenant().runners, [&](auto const& entry) {
                 return old.contains(entry.second.name);
               });
      },
      minutes(6)));
  EXPECT_EQ(stage.counters().jit_configs, 4);
  EXPECT_EQ(fewest, 1) << "one after the other";
}

TEST(IdleRunner, OfADeletedScaleSetIsReplaced) {
  TestStage stage;
  stage.serve(2, 4);
  ASSERT_TRUE(stage.waits_for_idle(2, minutes(2)));
  stage.pass(minutes(5));
  auto const old = stage.only_set().id;
  auto& live = stage.front().live;
  ASSERT_TRUE(live.model.delete_scale_set(live.now(), stage.tenant().path, old).has_value());
  ASSERT_TRUE(live.commit_changes());
  EXPECT_TRUE(stage.pass_until(
      [&] {
        return stage.tenant().runners.size() == 2 && stage.instances() == 2 &&
               std::ranges::none_of(stage.tenant().runners, [&](auto const& entry) {
                 return entry.second.scale_set == old;
               });
      },
      minutes(5)));
  EXPECT_TRUE(stage.waits_for_idle(2, minutes(1)));
  ASSERT_EQ(stage.tenant().scale_sets.size(), 1U);
  EXPECT_NE(stage.only_set().id, old);
}

TEST(IdleRunner, ThatSomebodyRemovesHasNotFailed) {
  TestStage stage;
  stage.serve(1, 4);
  for (int i = 0; i < 8; ++i) {  // more often than starts may fail in a row
    ASSERT_TRUE(stage.waits_for_idle(1, minutes(3))) << i;
    std::string const old = stage.some_runner();
    stage.remove_at_the_service(old);
    ASSERT_TRUE(stage.pass_until([&] { return stage.machine().find(old) == nullptr; }, minutes(2)));
  }
  EXPECT_TRUE(stage.waits_for_idle(1, minutes(3)));
  EXPECT_EQ(stage.snapshot().totals.start_failures, 0U);
  EXPECT_EQ(stage.snapshot().capacity, 4);
}

// Refused versions.

TEST(RefusedVersion, ParksTheScaleSet) {
  TestStage stage;
  stage.machine().faults = {{PretendFault::version_refused, 1}};
  stage.serve(3, 20);
  stage.queue_jobs(20);
  stage.pass(minutes(1));
  auto const at_first = stage.counters().jit_configs;
  EXPECT_LE(at_first, stage.settings().fleet.parallel_starts);
  EXPECT_EQ(stage.only_set().advertised_capacity, 0);
  EXPECT_FALSE(stage.snapshot().ready);
  EXPECT_TRUE(stage.snapshot().reason.contains("newer release")) << stage.snapshot().reason;
  stage.pass(hours(2));
  EXPECT_LE(stage.counters().jit_configs, at_first + 12);
  EXPECT_GE(stage.counters().jit_configs, at_first + 11) << "one is tried every ten minutes";
  EXPECT_EQ(stage.only_set().advertised_capacity, 0);
  EXPECT_EQ(stage.said("error "), 1) << "one line for the person who has to act";
  stage.machine().faults = {};
  EXPECT_TRUE(stage.pass_until([&] { return stage.snapshot().ready; }, minutes(12)));
  EXPECT_TRUE(stage.finishes_jobs(minutes(30)));
  EXPECT_EQ(stage.jobs_with("succeeded"), 20);
}

// Runners that do not end.

class LingeringRunners : public ::testing::TestWithParam<bool> {};

TEST_P(LingeringRunners, AreNeverMoreThanAsManyAgain) {
  TestStage stage;
  stage.machine().faults = {{PretendFault::lingering, 1}, {PretendFault::deaf, GetParam() ? 1 : 0}};
  std::size_t most = 0;
  stage.on_step = [&] { most = std::max(most, stage.instances()); };
  stage.serve(0, 4);
  stage.queue_jobs(40);
  EXPECT_TRUE(stage.finishes_jobs(hours(2)));
  EXPECT_EQ(stage.jobs_with("succeeded"), 40);
  EXPECT_LE(most, 8U);
  EXPECT_GT(most, 4U) << "some of them should have lingered";
  EXPECT_TRUE(stage.pass_until([&] { return stage.instances() == 0; }, minutes(3)));
}
INSTANTIATE_TEST_SUITE_P(DeafOnes, LingeringRunners, ::testing::Bool());

TEST(SurplusRunners, AreGoneWithinMinutes) {
  TestStage stage;
  stage.serve(60, 60);
  ASSERT_TRUE(stage.waits_for_idle(60, minutes(5)));
  ASSERT_TRUE(stage.detach());
  stage.serve(0, 60);
  EXPECT_TRUE(stage.pass_until([&] { return stage.instances() == 0; }, minutes(5)));
  EXPECT_TRUE(stage.tenant().runners.empty());
}

// Runners that die.

TEST(DeadJobs, AreReplacedByNoIdleRunner) {
  TestStage stage;
  int deaths = 0;
  stage.program().on_death = [&](std::string const&) { ++deaths; };
  stage.program().troubles.dies_in_job = 1;
  stage.serve(0, 4);
  stage.queue_jobs(4);
  ASSERT_TRUE(stage.pass_until([&] { return stage.jobs_running() == 4; }, minutes(2)));
  stage.program().troubles = {};
  stage.queue_jobs(4);
  ASSERT_TRUE(stage.pass_until([&] { return deaths == 4; }, minutes(2)));
  // The service still counts the first four as running.
  EXPECT_TRUE(stage.pass_until([&] { return stage.jobs_waiting() == 0; }, minutes(1)));
  EXPECT_TRUE(stage.finishes_jobs(minutes(20)));
  EXPECT_EQ(stage.jobs_with("succeeded"), 4);
  EXPECT_EQ(stage.jobs_with("failed"), 4);
  stage.pass(minutes(5));
  EXPECT_EQ(stage.counters().jit_configs, 8) << "one runner for each job";
  EXPECT_EQ(stage.instances(), 0U);
}

}  // namespace
}  // namespace scaleset::simulation
