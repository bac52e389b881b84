#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// Runners that the service does not know any more, and how an end without an error is judged.
namespace scaleset::fleet {
namespace {

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
using testing::started;

std::vector<std::string> look_ups(std::vector<Action> const& actions) {
  return names<LookUpRegistration>(actions);
}

TEST(FleetWatchTest, AnIdleRunnerIsLookedUpAfterTheGraceAndThenAgainAndAgain) {
  Scene scene;
  auto const name = scene.idle();
  EXPECT_EQ(scene.fleet.next_deadline(), scene.now + minutes(2));
  auto const first = only<LookUpRegistration>(scene.wait(minutes(2)));
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].id, scene.runner(name).id);
  scene.tell(RegistrationLookedUp{name, true});
  EXPECT_THAT(look_ups(scene.wait(seconds(59))), IsEmpty());
  EXPECT_THAT(look_ups(scene.wait(seconds(1))), ElementsAre(name));
}

TEST(FleetWatchTest, WarmRunnersAtTheMinimumAreWatchedToo) {
  Scene scene(limits(1, 10));
  scene.tell(assigned(0));
  scene.prepare();
  auto const name = scene.fleet.runners().begin()->first;
  scene.tell(JitReady{name, RunnerId{1}});
  scene.tell(registered(name));
  EXPECT_THAT(look_ups(scene.wait(minutes(2))), ElementsAre(name));
}

TEST(FleetWatchTest, BusyAndBootingRunnersAreNotLookedUp) {
  Scene scene;
  scene.busy();
  scene.starting();
  EXPECT_THAT(look_ups(scene.wait(minutes(4))), IsEmpty());
}

TEST(FleetWatchTest, ARunnerThatIsBusyOnlyByARefusedRemovalIsWatched) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.wait(seconds(50));
  scene.tell(RemovalRefused{name});
  ASSERT_TRUE(scene.runner(name).unconfirmed);
  EXPECT_THAT(look_ups(scene.wait(seconds(10))), ElementsAre(name));
}

TEST(FleetWatchTest, TwoMissesReplaceARunnerAtOnceAndStopItWithoutAskingTheService) {
  Scene scene;
  auto const name = scene.idle();
  scene.look(Activity::idle);
  scene.wait(minutes(2));
  scene.tell(RegistrationLookedUp{name, false});
  EXPECT_EQ(scene.state(name), RunnerState::idle) << "one miss proves nothing";
  EXPECT_THAT(look_ups(scene.wait(seconds(29))), IsEmpty());
  ASSERT_THAT(look_ups(scene.wait(seconds(1))), ElementsAre(name));
  scene.tell(RegistrationLookedUp{name, false});
  EXPECT_THAT(names<PrepareInstance>(scene.last), SizeIs(1));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), IsEmpty());
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("does not know the runner"));
  EXPECT_EQ(scene.state(name), RunnerState::stopping);
  EXPECT_EQ(scene.fleet.totals().zombies, 1U);
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(3))), ElementsAre(name));
  EXPECT_THAT(names<ForgetRunner>(scene.tell(exited(name, 0))), ElementsAre(name));
}

TEST(FleetWatchTest, AFoundRunnerStartsTheCountAnew) {
  Scene scene;
  auto const name = scene.idle();
  scene.wait(minutes(2));
  scene.tell(RegistrationLookedUp{name, false});
  scene.wait(seconds(30));
  scene.tell(RegistrationLookedUp{name, true});
  scene.wait(seconds(60));
  scene.tell(RegistrationLookedUp{name, false});
  EXPECT_EQ(scene.state(name), RunnerState::idle);
}

TEST(FleetWatchTest, ACallThatFailsSaysNothing) {
  Scene scene;
  auto const name = scene.idle();
  scene.wait(minutes(2));
  scene.tell(RegistrationLookedUp{name, false});
  scene.wait(seconds(30));
  scene.tell(RegistrationLookedUp{name, std::nullopt});
  EXPECT_EQ(scene.state(name), RunnerState::idle);
  EXPECT_THAT(look_ups(scene.wait(seconds(60))), ElementsAre(name));
  scene.wait(minutes(3));  // this one is not answered
  EXPECT_EQ(scene.state(name), RunnerState::idle);
  EXPECT_THAT(look_ups(scene.wait(seconds(60))), ElementsAre(name));
}

TEST(FleetWatchTest, OnlyAFewAreLookedUpAtTheSameTimeAndAllGetTheirTurn) {
  Scene scene;
  for (int i = 0; i < 6; ++i) scene.idle();
  auto const first = look_ups(scene.wait(minutes(2)));
  ASSERT_THAT(first, SizeIs(4));
  std::vector<std::string> rest;
  for (auto const& name : first) {
    for (auto& each : look_ups(scene.tell(RegistrationLookedUp{name, true})))
      rest.push_back(std::move(each));
  }
  EXPECT_THAT(rest, SizeIs(2));
  for (auto const& name : rest) EXPECT_THAT(first, ::testing::Not(::testing::Contains(name)));
}

TEST(FleetWatchTest, WithASignOfTroubleItIsLookedUpAtOnce) {
  Scene scene;
  auto const idle = scene.idle();
  EXPECT_THAT(look_ups(scene.tell(InstanceTroubled{idle, "Registration was not found"})),
              ElementsAre(idle));
  scene.tell(RegistrationLookedUp{idle, false});
  EXPECT_THAT(look_ups(scene.tell(InstanceTroubled{idle, "again"})), IsEmpty())
      << "the second look keeps its distance";
  auto const starting = scene.starting();
  EXPECT_THAT(look_ups(scene.tell(InstanceTroubled{starting, "not found"})), ElementsAre(starting));
  auto const busy = scene.busy();
  EXPECT_THAT(look_ups(scene.tell(InstanceTroubled{busy, "not found"})), IsEmpty());
}

class ZombieTest : public ::testing::Test {
 protected:
  /// Makes the service answer twice that it does not know the runner.
  void lose(std::string const& name) {
    scene_.tell(InstanceTroubled{name, "Registration was not found"});
    scene_.tell(RegistrationLookedUp{name, false});
    scene_.wait(seconds(30));
    scene_.tell(RegistrationLookedUp{name, false});
  }
  Scene scene_;
};

TEST_F(ZombieTest, AYoungOneIsReplacedAtOnceAndStoppedWhenItIsOldEnough) {
  auto const name = scene_.idle();
  auto const start = scene_.now;
  scene_.look(Activity::idle);
  lose(name);
  EXPECT_EQ(scene_.state(name), RunnerState::lost);
  EXPECT_EQ(scene_.fleet.counts().planned, 1);
  scene_.wait_until(start + minutes(2) - seconds(1));
  EXPECT_EQ(scene_.state(name), RunnerState::lost);
  scene_.wait(seconds(1));
  EXPECT_EQ(scene_.state(name), RunnerState::stopping);
}

TEST_F(ZombieTest, OneThatTheBackendCannotLookIntoStaysForTenMinutes) {
  auto const name = scene_.idle();
  scene_.look(Activity::unknown);
  scene_.now += minutes(2);
  lose(name);
  EXPECT_EQ(scene_.state(name), RunnerState::lost);
  scene_.wait(minutes(10) - seconds(1));
  EXPECT_EQ(scene_.state(name), RunnerState::lost);
  scene_.wait(seconds(1));
  EXPECT_EQ(scene_.state(name), RunnerState::stopping);
}

TEST_F(ZombieTest, ASignOfAJobSavesIt) {
  auto const name = scene_.idle();
  lose(name);
  ASSERT_EQ(scene_.state(name), RunnerState::lost);
  scene_.look(Activity::busy);
  EXPECT_EQ(scene_.state(name), RunnerState::busy);
  EXPECT_THAT(names<StopInstance>(scene_.wait(minutes(60))), IsEmpty());
}

TEST_F(ZombieTest, ThatItOnceRegisteredDoesNotMakeItReady) {
  auto const name = scene_.starting();
  lose(name);
  ASSERT_EQ(scene_.state(name), RunnerState::lost);
  scene_.tell(registered(name));
  EXPECT_EQ(scene_.state(name), RunnerState::lost);
}

TEST_F(ZombieTest, TheBrakeLetsOnlyAFewGoPerMinute) {
  std::vector<std::string> all;
  all.reserve(4);
  for (int i = 0; i < 4; ++i) all.push_back(scene_.idle());
  scene_.look(Activity::idle);
  scene_.wait(minutes(2));
  for (auto const& name : all) scene_.tell(RegistrationLookedUp{name, false});
  scene_.wait(seconds(30));
  for (auto const& name : all) scene_.tell(RegistrationLookedUp{name, false});
  EXPECT_EQ(scene_.fleet.counts().stopping, 2);
  EXPECT_EQ(scene_.fleet.counts().lost, 2);
  EXPECT_EQ(scene_.fleet.counts().planned, 4) << "all are replaced at once";
  scene_.wait(seconds(60));
  EXPECT_EQ(scene_.fleet.counts().lost, 0);
}

// How an end without an error is judged

class JudgementTest : public ::testing::Test {
 protected:
  JudgementTest() : name_(scene_.idle()) { scene_.tell(exited(name_, 0)); }
  Scene scene_;
  std::string name_;
};

TEST_F(JudgementTest, TheRunnerIsReplacedAndTheServiceIsAsked) {
  EXPECT_EQ(scene_.state(name_), RunnerState::cleaning);
  EXPECT_THAT(look_ups(scene_.last), ElementsAre(name_));
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), IsEmpty());
  EXPECT_THAT(names<PrepareInstance>(scene_.last), SizeIs(1));
  EXPECT_EQ(scene_.fleet.totals().start_failures, 0U);
}

TEST_F(JudgementTest, AnUnknownRunnerHasNotFailed) {
  scene_.tell(RegistrationLookedUp{name_, false});
  EXPECT_THAT(names<ForgetRunner>(scene_.last), ElementsAre(name_));
  EXPECT_EQ(scene_.fleet.totals().start_failures, 0U);
  EXPECT_EQ(scene_.fleet.starts().failures(), 0);
  EXPECT_THAT(noticed(scene_.last, LogLevel::info), HasSubstr("exit=exit code 0"));
}

TEST_F(JudgementTest, AKnownRunnerHasFailedAndIsRemoved) {
  scene_.tell(RegistrationLookedUp{name_, true});
  EXPECT_EQ(scene_.fleet.totals().start_failures, 1U);
  EXPECT_THAT(noticed(scene_.last, LogLevel::warn), HasSubstr("exit code 0"));
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), ElementsAre(name_));
  EXPECT_THAT(names<ForgetRunner>(scene_.tell(RegistrationRemoved{name_})), ElementsAre(name_));
}

TEST_F(JudgementTest, IfTheServiceDoesNotAnswerThreeTimesItCountsAsFailed) {
  scene_.tell(RegistrationLookedUp{name_, std::nullopt});
  EXPECT_THAT(look_ups(scene_.wait(seconds(29))), IsEmpty());
  EXPECT_THAT(look_ups(scene_.wait(seconds(1))), ElementsAre(name_));
  scene_.tell(RegistrationLookedUp{name_, std::nullopt});
  EXPECT_THAT(look_ups(scene_.wait(seconds(30))), ElementsAre(name_));
  EXPECT_EQ(scene_.fleet.totals().start_failures, 0U);
  scene_.wait(minutes(3));  // no answer at all is the same
  EXPECT_EQ(scene_.fleet.totals().start_failures, 1U);
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), ElementsAre(name_));
}

TEST_F(JudgementTest, AJobThatTheServiceTellsOfLaterSettlesIt) {
  scene_.tell(started(name_));
  EXPECT_FALSE(scene_.knows(name_));
  EXPECT_EQ(scene_.fleet.held(), 1);
  scene_.tell(completed(name_));
  EXPECT_EQ(scene_.fleet.held(), 0);
  scene_.tell(RegistrationLookedUp{name_, true});
  EXPECT_EQ(scene_.fleet.totals().start_failures, 0U);
}

TEST_F(JudgementTest, ACompletionSettlesItToo) {
  scene_.tell(completed(name_));
  EXPECT_FALSE(scene_.knows(name_));
  EXPECT_EQ(scene_.fleet.totals().start_failures, 0U);
}

TEST(FleetExitTest, ARunnerThatWasRemovedAtTheServiceHasNotFailed) {
  for (auto const busy : {false, true}) {
    Scene scene;
    auto const name = busy ? scene.busy() : scene.idle();
    scene.tell(exited(name, 1, "", ExitCause::removed));
    EXPECT_EQ(scene.fleet.totals().start_failures, 0U);
    EXPECT_THAT(noticed(scene.last, LogLevel::warn), IsEmpty());
    EXPECT_EQ(scene.fleet.counts().planned, busy ? 0 : 1) << "it is replaced if a job waits";
    EXPECT_EQ(scene.fleet.held(), busy ? 1 : 0);
    EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name))
        << "a runner whose credentials are refused for a moment says the same";
    scene.tell(RegistrationRemoved{name});
    EXPECT_FALSE(scene.knows(name));
  }
}

TEST(FleetExitTest, AnAdoptedIdleRunnerIsJudgedAsWell) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::idle, true});
  scene.tell(assigned(1));
  EXPECT_THAT(look_ups(scene.tell(exited("a", std::nullopt))), ElementsAre("a"));
}

TEST(FleetExitTest, WithoutAnIdNobodyCanBeAsked) {
  Scene scene;
  scene.tell(Adopted{"a", std::nullopt, {}, "11", RunnerState::idle, true});
  scene.tell(assigned(1));
  scene.tell(exited("a", 0));
  EXPECT_EQ(scene.fleet.totals().start_failures, 1U);
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre("a")) << "by its name";
}

}  // namespace
}  // namespace scaleset::fleet
