#include "fleet/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace scaleset::fleet {
namespace {

using ::testing::ElementsAre;

Options limits(int min, int max) {
  Options options;
  options.min_idle = min;
  options.max_runners = max;
  return options;
}

TEST(PolicyTest, TargetIsJobsPlusSparesWithinTheLimits) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  struct Case {
    Demand demand;
    int spare;
    int min_total;
    int max;
    int target;
  };
  for (auto const& [demand, spare, min_total, max, target] : {
           Case{{0, 0, 0}, 0, 0, 10, 0},
           Case{{3, 0, 0}, 0, 0, 10, 3},
           Case{{3, 0, 0}, 2, 0, 10, 5},
           Case{{9, 0, 0}, 2, 0, 10, 10},
           Case{{3, 1, 0}, 2, 0, 10, 4},
           Case{{3, 1, 1}, 2, 0, 10, 3},
           Case{{1, 5, 0}, 2, 0, 10, 2},
           Case{{3, 0, 5}, 2, 0, 10, 2},
           Case{{5, 0, 0}, 2, 0, 0, 0},
           Case{{0, 0, 0}, 5, 0, 3, 3},
           Case{{0, 0, 0}, 0, 4, 10, 4},
           Case{{1, 0, 0}, 2, 4, 10, 4},
           Case{{3, 0, 0}, 2, 4, 10, 5},
           Case{{0, 0, 0}, 0, 12, 10, 10},
           Case{{-7, 0, 0}, 1, 0, 10, 1},
           Case{{-7, 2, 2}, 1, 0, 10, 1},
           Case{{3, -2, -2}, 0, 0, 10, 3},
           Case{{kMost, 0, 0}, 1, 0, 10, 10},
           Case{{kLeast, kMost, kMost}, 0, 0, 10, 0},
       }) {
    Options options = limits(0, max);
    options.min_total = min_total;
    EXPECT_EQ(target_runners(demand, spare, options), target)
        << demand.assigned << " assigned, " << demand.held << " held, " << demand.phantom
        << " phantoms, " << spare << " spare, " << min_total << " to " << max;
  }
}

TEST(PolicyTest, SparesAreAFixedNumberOrAShareOfTheBusyOnes) {
  struct Case {
    int busy;
    int min_idle;
    double factor;
    int spare;
  };
  for (auto const& [busy, min_idle, factor, spare] : {
           Case{0, 0, 0.0, 0},
           Case{7, 3, 0.0, 3},
           Case{0, 0, 0.5, 0},
           Case{4, 0, 0.5, 2},
           Case{5, 0, 0.5, 3},
           Case{5, 4, 0.5, 4},
           Case{5, 0, 100.0, 10},
           Case{5, 0, 1e300, 10},
           Case{5, 1, -2.0, 1},
           Case{-5, 1, 2.0, 1},
       }) {
    Options options = limits(min_idle, 10);
    options.idle_factor = factor;
    EXPECT_EQ(spare_runners(busy, options), spare)
        << busy << " busy, " << min_idle << " at least, " << factor;
  }
}

TEST(PolicyTest, AWarningComesWhenATenthIsLeftButNotTooEarly) {
  using std::chrono::hours;
  using std::chrono::minutes;
  EXPECT_EQ(warning_age(minutes(10)), minutes(9));
  EXPECT_EQ(warning_age(minutes(50)), minutes(45));
  EXPECT_EQ(warning_age(hours(6)), hours(6) - minutes(5));
  EXPECT_EQ(warning_age(Duration(0)), Duration(0));
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
  counts.lost = 6;  // but all instances together stay below twice the maximum
  EXPECT_EQ(runners_to_plan(counts, 5, 8, limits(0, 5)), 0);
  counts.cleaning = 9;  // these have none
  counts.lost = 5;
  EXPECT_EQ(runners_to_plan(counts, 5, 8, limits(0, 5)), 1);
  EXPECT_EQ(runners_to_plan(counts, 5, 8, limits(0, std::numeric_limits<int>::max())), 2);
}

TEST(PolicyTest, NothingIsSurplusWhileAJobWaits) {
  Counts counts;
  counts.idle = 5;
  counts.busy = 2;
  EXPECT_EQ(surplus_runners(counts, {3, 0}, 0, limits(0, 10)), 0);
  EXPECT_EQ(surplus_runners(counts, {2, 0}, 0, limits(0, 10)), 5);
  EXPECT_EQ(surplus_runners(counts, {2, 0}, 2, limits(0, 10)), 3);
  counts.starting = 4;
  EXPECT_EQ(surplus_runners(counts, {2, 0}, 2, limits(0, 10)), 3)
      << "those that are not ready do not count";
  EXPECT_EQ(surplus_runners(counts, {3, 1}, 0, limits(0, 10)), 5)
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

TEST(RunnerStateTest, CondemnedRunnersCountAsNothingElseWhileTheyWouldBeUseful) {
  Runners runners;
  int number = 0;
  for (auto const state : {RunnerState::planned, RunnerState::starting, RunnerState::idle,
                           RunnerState::busy, RunnerState::finishing, RunnerState::lost,
                           RunnerState::retiring, RunnerState::stopping, RunnerState::cleaning}) {
    for (bool const condemned : {false, true}) {
      Runner& runner = runners[std::to_string(++number)];
      runner.state = state;
      runner.condemned = condemned;
    }
  }
  Counts const counts = count(runners);
  EXPECT_EQ(counts.useful(), 4);
  EXPECT_EQ(counts.condemned, 4);
  EXPECT_EQ(counts.retiring, 2);
  EXPECT_EQ(counts.cleaning, 2);
  EXPECT_EQ(counts.instances(), 16);
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
