#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <tuple>

#include "test_stage.hpp"

/// What the daemon does when its journal cannot be written, and after it was killed.
namespace scaleset::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// So that a daemon that did not wait for a commit would have acted before its end.
constexpr std::chrono::milliseconds kCommit{20};

TEST(FullDisk, StopsEverythingThatMustBeDurable) {
  TestStage stage;
  stage.serve(1, 4);
  ASSERT_TRUE(stage.waits_for_idle(1, minutes(2)));
  stage.pass(minutes(5));
  auto const before = stage.counters();
  stage.mortality().disk_full = true;
  stage.queue_jobs(4);
  stage.pass(minutes(1));
  EXPECT_FALSE(stage.snapshot().ready);
  EXPECT_TRUE(stage.snapshot().reason.contains("database or disk is full"))
      << stage.snapshot().reason;
  std::int64_t most = 0;
  stage.on_step = [&] { most = std::max(most, stage.only_set().advertised_capacity); };
  stage.pass(minutes(30));
  EXPECT_EQ(most, 0) << "advertised";
  EXPECT_EQ(stage.counters().messages_acknowledged, before.messages_acknowledged);
  EXPECT_EQ(stage.counters().jit_configs, before.jit_configs);
  EXPECT_GT(stage.counters().messages_delivered, before.messages_delivered) << "it goes on polling";
  EXPECT_EQ(stage.said("error daemon:"), 1);
  stage.on_step = nullptr;
  stage.mortality().disk_full = false;
  EXPECT_TRUE(stage.pass_until([&] { return stage.snapshot().ready; }, minutes(1)));
  EXPECT_TRUE(stage.finishes_jobs(minutes(15)));
  EXPECT_EQ(stage.jobs_with("succeeded"), 4);
  EXPECT_EQ(stage.said("error daemon:"), 1);
}

TEST(FullDisk, EndsByItselfIfNothingElseHappens) {
  TestStage stage;
  auto settings = stage.settings();
  settings.fleet.min_idle = 1;
  // Each of these would make the daemon write to its journal again.
  settings.list_interval = hours(1);
  settings.fleet.watch_grace = hours(1);
  settings.fleet.proof_time = hours(1);
  stage.serve(settings);
  ASSERT_TRUE(stage.pass_until([&] { return stage.snapshot().counts.starting == 1; }, minutes(1)));
  stage.mortality().disk_full = true;
  ASSERT_TRUE(stage.waits_for_idle(1, minutes(2)));
  stage.pass(minutes(10));
  EXPECT_FALSE(stage.snapshot().ready);
  stage.mortality().disk_full = false;
  EXPECT_TRUE(stage.pass_until([&] { return stage.snapshot().ready; }, minutes(1)));
  EXPECT_EQ(stage.counters().messages_delivered, 0);
}

class FullDiskFromACommitOn : public ::testing::TestWithParam<int> {};

TEST_P(FullDiskFromACommitOn, StartsNothingOfWhichTheJournalDoesNotKnow) {
  TestStage stage;
  std::int64_t started = 0;
  stage.machine().on_start = [&](backends::PretendInstance const&) { ++started; };
  stage.serve(1, 4);
  stage.mortality().commit_takes = kCommit;
  stage.queue_jobs(6);
  auto const written = [&] { return stage.mortality().written >= GetParam(); };
  ASSERT_TRUE(stage.pass_until(written, minutes(30)));
  stage.mortality().disk_full = true;
  auto const jit_configs = stage.counters().jit_configs;
  auto const acknowledged = stage.counters().messages_acknowledged;
  auto const instances = started;
  stage.pass(minutes(10));
  EXPECT_EQ(stage.counters().jit_configs, jit_configs);
  EXPECT_EQ(stage.counters().messages_acknowledged, acknowledged);
  EXPECT_EQ(started, instances);
  stage.mortality().disk_full = false;
  EXPECT_TRUE(stage.finishes_jobs(minutes(40)));
  EXPECT_EQ(stage.jobs_with("succeeded"), 6);
  EXPECT_TRUE(stage.pass_until([&] { return stage.tenant().runners.size() == 1; }, minutes(15)))
      << stage.tenant().runners.size() << " registrations";
}
INSTANTIATE_TEST_SUITE_P(Each, FullDiskFromACommitOn, ::testing::Range(1, 31));

/// A stage that sees what must never happen, whenever the daemon dies.
class Deaths : public ::testing::Test {
 protected:
  void watch(TestStage& stage) {
    stage.machine().on_start = [this](backends::PretendInstance const& instance) {
      EXPECT_TRUE(jit_configs_.insert(instance.spec().jit_config.reveal()).second)
          << "one JIT configuration started two instances";
    };
    stage.machine().on_stop = [](backends::PretendInstance const& instance) {
      EXPECT_NE(instance.activity(), backends::Activity::busy) << "a busy runner was stopped";
    };
  }
  /// Returns whether it dies.
  static bool live_until_commit(TestStage& stage, int number, std::chrono::minutes limit) {
    stage.serve(1, 4);
    stage.mortality().dies_at_commit = number;
    stage.mortality().commit_takes = kCommit;
    bool const dies = stage.pass_until([&] { return stage.is_dead(); }, limit);
    stage.kill();
    stage.pass(seconds(20));
    return dies;
  }
  static void serves_the_rest(TestStage& stage, std::int64_t jobs) {
    stage.serve(1, 4);
    EXPECT_TRUE(stage.pass_until([&] { return stage.snapshot().ready; }, minutes(3)));
    EXPECT_TRUE(stage.finishes_jobs(minutes(30)));
    EXPECT_EQ(stage.jobs_with("succeeded"), jobs);
    EXPECT_TRUE(stage.pass_until([&] { return stage.tenant().runners.size() == 1; }, minutes(15)))
        << stage.tenant().runners.size() << " registrations";
    stage.drain();
    EXPECT_TRUE(stage.pass_until([&] { return stage.has_ended(); }, minutes(10)));
    EXPECT_EQ(stage.instances(), 0U);
    EXPECT_TRUE(stage.tenant().runners.empty());
    EXPECT_FALSE(stage.only_set().session);
  }

 private:
  std::set<std::string> jit_configs_;
};

class DeathAtACommit : public Deaths,
                       public ::testing::WithParamInterface<std::tuple<simulator::Profile, int>> {};

TEST_P(DeathAtACommit, LosesNoJobAndLeavesNothingBehind) {
  auto const [profile, number] = GetParam();
  TestStage stage(profile, static_cast<std::uint64_t>(number));
  watch(stage);
  stage.queue_jobs(6);
  ASSERT_TRUE(live_until_commit(stage, number, minutes(30)));
  serves_the_rest(stage, 6);
}
INSTANTIATE_TEST_SUITE_P(Each, DeathAtACommit,
                         ::testing::Combine(::testing::Values(simulator::Profile::broker,
                                                              simulator::Profile::acquire),
                                            ::testing::Range(1, 41)));

TEST_F(Deaths, OneAfterTheOtherLoseNoJobAndLeaveNothingBehind) {
  TestStage stage;
  watch(stage);
  std::int64_t jobs = 0;
  for (int number = 1; number <= 40; ++number) {
    std::int64_t const more = 1 + number / 8;  // so that there are as many commits
    stage.queue_jobs(more);
    jobs += more;
    EXPECT_TRUE(live_until_commit(stage, number, minutes(60))) << number;
  }
  serves_the_rest(stage, jobs);
}

TEST_F(Deaths, AndADrainAtTheStartLeaveNothingBehind) {
  TestStage stage;
  watch(stage);
  stage.serve(2, 4);
  ASSERT_TRUE(stage.waits_for_idle(2, minutes(2)));
  stage.queue_jobs(1);
  ASSERT_TRUE(stage.pass_until([&] { return stage.jobs_running() == 1; }, minutes(2)));
  stage.kill();
  stage.serve(2, 4);
  stage.drain();
  EXPECT_TRUE(stage.pass_until([&] { return stage.has_ended(); }, minutes(10)));
  EXPECT_EQ(stage.jobs_with("succeeded"), 1);
  EXPECT_EQ(stage.instances(), 0U);
  EXPECT_TRUE(stage.tenant().runners.empty());
}

}  // namespace
}  // namespace scaleset::simulation
