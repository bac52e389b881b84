#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// Jobs that wait although runners are idle (I8, A10).
namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::assigned;
using ::testing::ElementsAre;
using testing::exited;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::limits;
using testing::names;
using testing::noticed;
using testing::registered;
using testing::Scene;
using ::testing::SizeIs;

class GapTest : public ::testing::Test {
 protected:
  /// Starts all runners that are planned, until they are idle.
  void start_all() {
    for (auto const& name : names<RequestJit>(scene_.prepare())) {
      scene_.tell(JitReady{name, RunnerId{++scene_.last_id}});
      scene_.tell(InstanceStarted{name, "instance"});
      scene_.tell(registered(name));
    }
    scene_.look(Activity::idle);
  }
  /// Lets the removal of a runner succeed.
  void remove(std::string const& name) {
    scene_.tell(RegistrationRemoved{name});
    scene_.wait(seconds(3));
    scene_.tell(exited(name, 0));
  }
  /// As time passes, the service finds everyone whom it is asked about.
  std::vector<Action> pass(Duration time) {
    std::vector<Action> all;
    for (TimePoint const end = scene_.now + time; scene_.now < end;) {
      for (auto const& action :
           scene_.wait_until(std::min(end, scene_.fleet.next_deadline().value_or(end))))
        all.push_back(action);
      for (auto const& name : names<LookUpRegistration>(scene_.last)) {
        for (auto const& action : scene_.tell(RegistrationLookedUp{name, true}))
          all.push_back(action);
      }
    }
    return all;
  }
  Scene scene_{limits(0, 10)};
};

TEST_F(GapTest, ADeafRunnerIsReplacedAfterOneWindow) {
  scene_.tell(assigned(1));
  start_all();
  auto const deaf = scene_.fleet.runners().begin()->first;
  EXPECT_THAT(names<RemoveRegistration>(pass(minutes(5) - seconds(1))), IsEmpty());
  auto const actions = pass(seconds(1));
  EXPECT_THAT(names<RemoveRegistration>(actions), ElementsAre(deaf));
  EXPECT_THAT(names<PrepareInstance>(actions), SizeIs(1));
  EXPECT_EQ(scene_.fleet.totals().suspects, 1U);
  EXPECT_EQ(scene_.fleet.phantom(), 0);
}

TEST_F(GapTest, IfTheReplacementGetsNoJobEitherTheGapIsGivenUp) {
  scene_.tell(assigned(1));
  start_all();
  auto const deaf = scene_.fleet.runners().begin()->first;
  pass(minutes(5));
  remove(deaf);
  start_all();
  EXPECT_EQ(scene_.fleet.phantom(), 0);
  auto const actions = pass(minutes(6));
  EXPECT_EQ(scene_.fleet.phantom(), 1);
  EXPECT_EQ(scene_.fleet.totals().phantoms, 1U);
  EXPECT_THAT(noticed(actions, LogLevel::warn),
              HasSubstr("a job waits, but gives it to no runner"));
  EXPECT_EQ(scene_.fleet.target(), 0) << "nothing more is started for it";
  EXPECT_EQ(scene_.fleet.counts().idle, 1) << "but what there is stays";
  EXPECT_THAT(noticed(pass(minutes(10)), LogLevel::warn), IsEmpty()) << "it is said once";
  pass(minutes(30));
  EXPECT_EQ(scene_.fleet.counts().idle, 0) << "it was idle for too long";
  EXPECT_EQ(scene_.fleet.counts().planned, 0);
}

TEST_F(GapTest, AChangeOfTheNumbersEndsAPhantom) {
  scene_.tell(assigned(1));
  start_all();
  auto const deaf = scene_.fleet.runners().begin()->first;
  pass(minutes(5));
  remove(deaf);
  start_all();
  pass(minutes(6));
  ASSERT_EQ(scene_.fleet.phantom(), 1);
  scene_.tell(assigned(1));
  EXPECT_EQ(scene_.fleet.phantom(), 1) << "nothing has changed";
  scene_.tell(assigned(2));
  EXPECT_EQ(scene_.fleet.phantom(), 0);
  EXPECT_THAT(names<PrepareInstance>(scene_.last), SizeIs(1));
}

TEST_F(GapTest, ManySuspectsGoAtTheSpeedOfTheBrake) {
  scene_.tell(assigned(5));
  start_all();
  EXPECT_THAT(names<RemoveRegistration>(pass(minutes(5))), SizeIs(2));
  EXPECT_EQ(scene_.fleet.totals().suspects, 5U);
  EXPECT_THAT(names<RemoveRegistration>(pass(minutes(1))), SizeIs(2));
  EXPECT_THAT(names<RemoveRegistration>(pass(minutes(1))), SizeIs(1));
  EXPECT_THAT(names<RemoveRegistration>(pass(minutes(1))), IsEmpty());
}

TEST_F(GapTest, ASuspectThatGetsAJobAfterAllIsNoLongerOne) {
  scene_.tell(assigned(5));
  start_all();
  pass(minutes(5));
  std::string waiting;
  for (auto const& [name, runner] : scene_.fleet.runners()) {
    if (runner.suspect && runner.state == RunnerState::idle) waiting = name;
  }
  ASSERT_FALSE(waiting.empty());
  scene_.tell(InstanceBusy{waiting});
  EXPECT_FALSE(scene_.runner(waiting).suspect);
  scene_.tell(assigned(5, 1));
  for (auto const& [name, runner] : scene_.fleet.runners())
    EXPECT_FALSE(runner.suspect && runner.state == RunnerState::idle);
}

TEST_F(GapTest, ARunnerThatTheBackendCannotLookIntoIsNotReplaced) {
  scene_.tell(assigned(1));
  start_all();
  scene_.look(Activity::unknown);
  EXPECT_THAT(names<RemoveRegistration>(pass(minutes(14))), IsEmpty());
  EXPECT_EQ(scene_.fleet.phantom(), 0);
  pass(minutes(2));
  EXPECT_EQ(scene_.fleet.phantom(), 1) << "there is nothing left to try";
}

TEST_F(GapTest, HeldJobsDoNotWait) {
  auto const dead = scene_.busy();
  auto const idle = scene_.idle();
  scene_.look(Activity::idle);
  scene_.tell(assigned(2, 0));
  scene_.tell(exited(dead, 1));
  scene_.tell(InstanceBusy{idle});
  pass(minutes(14));
  EXPECT_EQ(scene_.fleet.totals().suspects, 0U);
}

TEST_F(GapTest, BusyRunnersThatTheServiceDoesNotCountYetAreNoGap) {
  scene_.tell(OptionsChanged{limits(1, 10)});
  scene_.tell(assigned(1, 0));
  start_all();
  scene_.tell(InstanceBusy{scene_.fleet.runners().begin()->first});
  pass(minutes(20));
  EXPECT_EQ(scene_.fleet.totals().suspects, 0U);
}

TEST_F(GapTest, AnotherScaleSetStartsItAnew) {
  scene_.tell(ScaleSetKnown{ScaleSetId{1}});
  scene_.tell(assigned(1));
  start_all();
  auto const deaf = scene_.fleet.runners().begin()->first;
  pass(minutes(5));
  remove(deaf);
  start_all();
  pass(minutes(6));
  ASSERT_EQ(scene_.fleet.phantom(), 1);
  scene_.tell(ScaleSetKnown{ScaleSetId{2}});
  EXPECT_EQ(scene_.fleet.phantom(), 0);
}

}  // namespace
}  // namespace scaleset::fleet
