#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// Limits of time: of idleness (I8), of jobs and of age (G5).
namespace scaleset::fleet {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::assigned;
using testing::completed;
using ::testing::ElementsAre;
using testing::exited;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::limits;
using testing::names;
using testing::noticed;
using testing::only;
using testing::registered;
using testing::Scene;
using ::testing::SizeIs;

// Idleness

/// A scene with idle runners that no job needs, but the minimum does.
class WarmPoolTest : public ::testing::Test {
 protected:
  WarmPoolTest() {
    scene_.tell(assigned(0));
    start_all();
    idle_at_ = scene_.now - seconds(3);
  }
  /// Brings the planned runners up. Returns what was wanted meanwhile.
  std::vector<Action> start_all() {
    std::vector<Action> all;
    auto const tell = [&](Event const& event) {
      for (Action& action : scene_.tell(event)) all.push_back(std::move(action));
    };
    for (auto const& name : names<RequestJit>(scene_.prepare())) {
      tell(JitReady{name, RunnerId{++scene_.last_id}});
      tell(InstanceStarted{name, "instance"});
      tell(registered(name));
      names_.push_back(name);
      scene_.now += seconds(1);
    }
    return all;
  }
  Scene scene_{limits(3, 10)};
  std::vector<std::string> names_;
  TimePoint idle_at_;
};

TEST_F(WarmPoolTest, ThoseThatAreMeantToBeIdleAreReplacedOneAtATime) {
  ASSERT_EQ(scene_.fleet.counts().idle, 3);
  scene_.wait_until(idle_at_ + minutes(30) - seconds(1));
  EXPECT_EQ(scene_.fleet.counts().idle, 3);
  scene_.wait_until(idle_at_ + minutes(31));
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), ElementsAre(names_[0]));
  EXPECT_THAT(names<PrepareInstance>(scene_.last), SizeIs(1));
  EXPECT_THAT(names<RemoveRegistration>(scene_.tell(RegistrationRemoved{names_[0]})), IsEmpty());
  scene_.wait(seconds(3));
  EXPECT_THAT(names<RemoveRegistration>(scene_.tell(exited(names_[0], 0))), IsEmpty())
      << "not before its replacement is ready";
  EXPECT_THAT(names<RemoveRegistration>(start_all()), ElementsAre(names_[1]));
}

TEST_F(WarmPoolTest, OneThatTurnsOutToBeBusyMakesWayForTheNext) {
  scene_.wait_until(idle_at_ + minutes(31));
  EXPECT_THAT(names<RemoveRegistration>(scene_.tell(RemovalRefused{names_[0]})), IsEmpty());
  start_all();  // the replacement is not needed any more
  EXPECT_THAT(names<RemoveRegistration>(scene_.tell(Tick{})), ElementsAre(names_[1]));
}

TEST_F(WarmPoolTest, WithoutAMinimumOfSpareRunnersTheLeastTotalCounts) {
  Options options = limits(0, 10);
  options.min_total = 3;
  scene_.tell(OptionsChanged{options});
  scene_.wait(minutes(10));
  EXPECT_EQ(scene_.fleet.counts().idle, 3) << "they are no surplus";
  scene_.wait_until(idle_at_ + minutes(31));
  EXPECT_EQ(scene_.fleet.counts().retiring, 1);
}

TEST_F(WarmPoolTest, ThoseForWhichAJobWaitsAreReplacedAFewAtATime) {
  scene_.tell(OptionsChanged{limits(0, 10)});
  scene_.now = idle_at_ + minutes(31);
  scene_.tell(assigned(3));
  EXPECT_EQ(scene_.fleet.counts().retiring, 3);
  EXPECT_EQ(scene_.fleet.counts().planned, 3);
}

// Jobs and age

class TimeLimitTest : public ::testing::Test {
 protected:
  static Options options() {
    Options options = limits(0, 10);
    options.max_job = hours(1);
    return options;
  }
  Scene scene_{options()};
};

TEST_F(TimeLimitTest, AJobIsWarnedOfAndThenStoppedWithItsRunner) {
  auto const name = scene_.busy();
  scene_.tell(assigned(1, 1));
  EXPECT_THAT(noticed(scene_.wait(minutes(55) - seconds(1)), LogLevel::warn), IsEmpty());
  EXPECT_THAT(noticed(scene_.wait(seconds(1)), LogLevel::warn), HasSubstr("seconds_left=300"));
  EXPECT_THAT(noticed(scene_.wait(minutes(1)), LogLevel::warn), IsEmpty()) << "it is said once";
  auto const stops = only<StopInstance>(scene_.wait(minutes(4)));
  ASSERT_THAT(stops, SizeIs(1));
  EXPECT_EQ(stops[0].mode, StopMode::graceful);
  EXPECT_EQ(scene_.state(name), RunnerState::stopping);
  EXPECT_THAT(noticed(scene_.last, LogLevel::warn), HasSubstr("reached its limit of time"));
  EXPECT_THAT(names<PrepareInstance>(scene_.last), IsEmpty()) << "its job is held";
  auto const forced = only<StopInstance>(scene_.wait(seconds(30)));
  ASSERT_THAT(forced, SizeIs(1));
  EXPECT_EQ(forced[0].mode, StopMode::force);
}

TEST_F(TimeLimitTest, FurtherSignsOfTheJobDoNotSaveIt) {
  auto const name = scene_.busy();
  scene_.wait(hours(1));
  ASSERT_EQ(scene_.state(name), RunnerState::stopping);
  scene_.tell(InstanceBusy{name});
  scene_.look(Activity::busy);
  EXPECT_EQ(scene_.state(name), RunnerState::stopping);
  EXPECT_THAT(names<StopInstance>(scene_.wait(seconds(30))), ElementsAre(name));
}

TEST_F(TimeLimitTest, ItsEndIsNoFailureAndLeavesNoHeldJobBehind) {
  auto const name = scene_.busy();
  scene_.wait(hours(1));
  EXPECT_EQ(scene_.fleet.held(), 1);
  scene_.tell(completed(name, "canceled"));
  EXPECT_EQ(scene_.fleet.held(), 0);
  scene_.tell(exited(name, std::nullopt, "killed"));
  EXPECT_EQ(scene_.fleet.held(), 0);
  EXPECT_EQ(scene_.fleet.totals().start_failures, 0U);
  EXPECT_THAT(noticed(scene_.last, LogLevel::warn), IsEmpty());
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), ElementsAre(name));
}

TEST_F(TimeLimitTest, AJobThatTheServiceHasGivenUpIsStoppedTooIfItRunsOnHere) {
  auto const name = scene_.busy();
  scene_.tell(completed(name, "failed"));
  scene_.wait(minutes(59));
  EXPECT_EQ(scene_.state(name), RunnerState::finishing);
  scene_.wait(minutes(1));
  EXPECT_EQ(scene_.state(name), RunnerState::stopping);
  EXPECT_EQ(scene_.fleet.held(), 0) << "the service knows that it has ended";
}

TEST_F(TimeLimitTest, OnlyTheTimeOfTheJobCounts) {
  auto const name = scene_.idle();
  scene_.look(Activity::idle);
  scene_.wait(minutes(4));
  scene_.tell(InstanceBusy{name});
  scene_.wait(minutes(59));
  EXPECT_EQ(scene_.state(name), RunnerState::busy);
  scene_.wait(minutes(1));
  EXPECT_EQ(scene_.state(name), RunnerState::stopping);
}

TEST_F(TimeLimitTest, ARunnerThatIsOnlyThoughtToBeBusyIsNotStopped) {
  Options options = limits(0, 10);
  options.max_job = seconds(20);
  Scene scene(options);
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.tell(RemovalRefused{name});
  scene.wait(seconds(29));
  EXPECT_EQ(scene.state(name), RunnerState::busy);
}

class AgeLimitTest : public ::testing::Test {
 protected:
  static Options options() {
    Options options = limits(1, 10);
    options.max_age = minutes(20);
    return options;
  }
  Scene scene_{options()};
};

TEST_F(AgeLimitTest, AnOldIdleRunnerIsRetiredTheSafeWayAndReplaced) {
  auto const name = scene_.idle();
  auto const start = scene_.runner(name).planned_at;
  scene_.tell(assigned(0));
  for (auto const& [other, runner] : Runners(scene_.fleet.runners())) {
    if (other != name) scene_.tell(PrepareFailed{other, "not now"});
  }
  scene_.wait_until(start + minutes(20) - seconds(1));
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), IsEmpty());
  scene_.wait_until(start + minutes(20));
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), ElementsAre(name));
  EXPECT_THAT(names<StopInstance>(scene_.last), IsEmpty());
}

TEST_F(AgeLimitTest, AnOldBusyRunnerIsWarnedAndStopped) {
  auto const name = scene_.busy();
  auto const start = scene_.runner(name).planned_at;
  scene_.wait_until(start + minutes(18));
  EXPECT_THAT(noticed(scene_.last, LogLevel::warn), HasSubstr("seconds_left=120"));
  EXPECT_THAT(names<StopInstance>(scene_.wait(minutes(2))), ElementsAre(name));
}

TEST_F(AgeLimitTest, TheEarlierOfTwoLimitsCounts) {
  Options both = options();
  both.max_job = minutes(5);
  scene_.tell(OptionsChanged{both});
  auto const name = scene_.busy();
  EXPECT_THAT(names<StopInstance>(scene_.wait(minutes(5))), ElementsAre(name));
}

TEST_F(AgeLimitTest, AnAdoptedRunnerIsAsOldAsItsAdoption) {
  scene_.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::busy, true});
  scene_.tell(assigned(1, 1));
  scene_.wait(minutes(20) - seconds(1));
  EXPECT_EQ(scene_.state("a"), RunnerState::busy);
  EXPECT_THAT(names<StopInstance>(scene_.wait(seconds(1))), ElementsAre("a"));
}

}  // namespace
}  // namespace scaleset::fleet
