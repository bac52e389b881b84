#include "fleet/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace scaleset::fleet {
namespace {

using ::testing::ElementsAre;

Options limits(int min, int max) {
  Options options;
  options.min_runners = min;
  options.max_runners = max;
  return options;
}

TEST(PolicyTest, TargetIsJobsPlusMinimumWithinTheMaximum) {
  struct Case {
    std::int64_t assigned;
    int ended_here;
    int min;
    int max;
    int target;
  };
  for (auto const& [assigned, ended_here, min, max, target] : {
           Case{0, 0, 0, 10, 0},
           Case{3, 0, 0, 10, 3},
           Case{3, 0, 2, 10, 5},
           Case{9, 0, 2, 10, 10},
           Case{3, 1, 2, 10, 4},
           Case{1, 5, 2, 10, 2},
           Case{5, 0, 2, 0, 0},
           Case{0, 0, 5, 3, 3},
           Case{-7, 0, 1, 10, 1},
           Case{-7, 2, 1, 10, 1},
           Case{std::numeric_limits<std::int64_t>::max(), 0, 1, 10, 10},
           Case{std::numeric_limits<std::int64_t>::min(), 3, 0, 10, 0},
       }) {
    EXPECT_EQ(target_runners({assigned, ended_here}, limits(min, max)), target)
        << assigned << " assigned, " << ended_here << " ended here, " << min << " to " << max;
  }
}

TEST(PolicyTest, PlansWhatIsMissingAsFarAsThereIsRoomAndASlot) {
  Counts counts;
  counts.idle = 1;
  counts.busy = 2;
  EXPECT_EQ(runners_to_plan(counts, 5, 8, limits(0, 10)), 2);
  EXPECT_EQ(runners_to_plan(counts, 5, 1, limits(0, 10)), 1);
  EXPECT_EQ(runners_to_plan(counts, 5, -1, limits(0, 10)), 0);
  EXPECT_EQ(runners_to_plan(counts, 2, 8, limits(0, 10)), 0);
  counts.retiring = 1;  // it may turn out to be busy
  EXPECT_EQ(runners_to_plan(counts, 5, 8, limits(0, 5)), 1);
  counts.lost = 4;  // they are replaced at once
  EXPECT_EQ(runners_to_plan(counts, 5, 8, limits(0, 5)), 1);
}

TEST(PolicyTest, NothingIsSurplusWhileAJobWaits) {
  Counts counts;
  counts.idle = 5;
  counts.busy = 2;
  EXPECT_EQ(surplus_runners(counts, {3, 0}, limits(0, 10)), 0);
  EXPECT_EQ(surplus_runners(counts, {2, 0}, limits(0, 10)), 5);
  EXPECT_EQ(surplus_runners(counts, {2, 0}, limits(2, 10)), 3);
  counts.starting = 4;
  EXPECT_EQ(surplus_runners(counts, {2, 0}, limits(2, 10)), 3)
      << "those that are not ready do not count";
  EXPECT_EQ(surplus_runners(counts, {3, 1}, limits(0, 10)), 5)
      << "the job that has ended here needs no runner";
}

TEST(PolicyTest, SparesAreIdleNeverUsedAndOldestFirst) {
  Runners runners;
  auto const add = [&](std::string const& name, RunnerState state, int second, bool used) {
    Runner& runner = runners[name];
    runner.state = state;
    runner.idle_since = TimePoint(std::chrono::seconds(second));
    runner.used = used;
  };
  add("a", RunnerState::idle, 30, false);
  add("b", RunnerState::idle, 10, false);
  add("c", RunnerState::idle, 5, true);
  add("d", RunnerState::busy, 1, false);
  add("e", RunnerState::idle, 20, false);
  EXPECT_THAT(spares(runners), ElementsAre("b", "e", "a"));
}

TEST(RunnerStateTest, TextsComeBackAsTheyWere) {
  for (auto const state : {RunnerState::planned, RunnerState::starting, RunnerState::idle,
                           RunnerState::busy, RunnerState::finishing, RunnerState::lost,
                           RunnerState::retiring, RunnerState::stopping, RunnerState::cleaning}) {
    EXPECT_EQ(parse_runner_state(to_string(state)), state);
  }
  EXPECT_FALSE(parse_runner_state("Idle"));
  EXPECT_FALSE(parse_runner_state(""));
}

}  // namespace
}  // namespace scaleset::fleet
