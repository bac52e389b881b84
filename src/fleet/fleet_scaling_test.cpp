#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::assigned;
using ::testing::ElementsAre;
using testing::failure;
using ::testing::IsEmpty;
using testing::limits;
using testing::names;
using testing::only;
using testing::Scene;
using ::testing::SizeIs;

// Surplus

TEST(FleetScalingTest, ASurplusRunnerIsRemovedBeforeItIsStopped) {
  Scene scene;
  auto const name = scene.spare();
  EXPECT_THAT(names<RemoveRegistration>(scene.tell(Tick{})), ElementsAre(name));
  EXPECT_EQ(scene.state(name), RunnerState::retiring);
  EXPECT_THAT(names<StopInstance>(scene.tell(RegistrationRemoved{name})), IsEmpty());
  auto const stops = only<StopInstance>(scene.wait(seconds(3)));
  ASSERT_THAT(stops, SizeIs(1));
  EXPECT_EQ(stops[0].mode, StopMode::graceful);
  scene.tell(InstanceExited{name, 0, ""});
  EXPECT_TRUE(scene.fleet.is_empty());
  EXPECT_EQ(scene.fleet.totals().start_failures, 0U) << "it is no failure, since we stopped it";
}

TEST(FleetScalingTest, ASignOfAJobAfterTheRemovalKeepsTheRunner) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.tell(RegistrationRemoved{name});
  scene.tell(InstanceBusy{name});
  EXPECT_THAT(names<StopInstance>(scene.wait(minutes(60))), IsEmpty());
}

TEST(FleetScalingTest, AnUnregisteredRunnerNeverCountsAsReadyAgain) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.tell(RegistrationRemoved{name});
  scene.tell(JobStartedReported{name, RunnerId{1}});
  ASSERT_EQ(scene.state(name), RunnerState::busy);
  scene.tell(JobCompletedReported{name, "canceled"});
  EXPECT_EQ(scene.state(name), RunnerState::stopping);
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(3))), ElementsAre(name));
}

TEST(FleetScalingTest, ARefusedRemovalMeansBusyAndIsTriedAgain) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.tell(RemovalRefused{name});
  EXPECT_EQ(scene.state(name), RunnerState::busy);
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(30))), ElementsAre(name));
}

TEST(FleetScalingTest, AFailedRemovalIsRepeatedUntilItsOutcomeIsKnown) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.tell(RemovalFailed{name, failure(true)});
  EXPECT_EQ(scene.state(name), RunnerState::retiring);
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(29))), IsEmpty());
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(1))), ElementsAre(name));
  scene.wait(minutes(3));
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(30))), ElementsAre(name))
      << "a removal that was not answered has failed too";
  EXPECT_THAT(names<StopInstance>(scene.last), IsEmpty());
  scene.tell(JobStartedReported{name, RunnerId{1}});
  EXPECT_EQ(scene.state(name), RunnerState::busy);
}

TEST(FleetScalingTest, ARunnerThatMayBeUnregisteredDoesNotCountAsReady) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.tell(RemovalFailed{name, failure(true)});
  EXPECT_THAT(names<RequestJit>(scene.tell(assigned(1))), SizeIs(1));
}

TEST(FleetScalingTest, AYoungRunnerIsNotSurplus) {
  Scene scene;
  auto const name = scene.idle();
  scene.tell(assigned(0));
  EXPECT_EQ(scene.fleet.next_deadline(), scene.now + seconds(60));
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(59))), IsEmpty());
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(1))), ElementsAre(name));
}

TEST(FleetScalingTest, TheMinimumStaysAndTheOldestGoFirst) {
  Scene scene(limits(1, 10));
  std::vector<std::string> made;
  for (int i = 0; i < 3; ++i) {
    made.push_back(scene.idle());
    scene.wait(seconds(1));
  }
  scene.tell(assigned(0));
  scene.wait(seconds(61));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(made[0], made[1]));
  scene.tell(RegistrationRemoved{made[0]});
  scene.tell(RegistrationRemoved{made[1]});
  scene.wait(minutes(60));
  EXPECT_EQ(scene.state(made[2]), RunnerState::idle);
}

TEST(FleetScalingTest, NothingIsSurplusWhileAJobWaits) {
  Scene scene;
  scene.idle();
  scene.idle();
  scene.tell(assigned(1));
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(minutes(5))), IsEmpty());
  EXPECT_EQ(scene.fleet.counts().idle, 2);
}

TEST(FleetScalingTest, ARunnerThatIsIdleForTooLongIsReplaced) {
  Scene scene;
  auto const name = scene.idle();
  EXPECT_EQ(scene.fleet.next_deadline(), scene.now + minutes(30));
  scene.wait(minutes(30));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
  EXPECT_THAT(names<RequestJit>(scene.last), SizeIs(1)) << "a job still needs a runner";
}

TEST(FleetScalingTest, TheBrakeLetsOnlyAFewGoPerMinute) {
  Scene scene;
  for (int i = 0; i < 5; ++i) scene.idle();
  scene.tell(assigned(0));
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(60))), SizeIs(2));
  EXPECT_EQ(scene.fleet.next_deadline(), scene.now + seconds(60));
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(60))), SizeIs(2));
}

// Limits, drain, adoption

TEST(FleetScalingTest, NewLimitsApplyAtOnce) {
  Scene scene(limits(0, 10));
  EXPECT_THAT(names<RequestJit>(scene.tell(assigned(1))), SizeIs(1));
  EXPECT_THAT(names<RequestJit>(scene.tell(LimitsChanged{2, 10})), SizeIs(2));
  scene.tell(LimitsChanged{0, 0});
  EXPECT_EQ(scene.fleet.capacity(), 0);
  auto const name = scene.fleet.runners().begin()->first;
  scene.tell(JitReady{name, RunnerId{1}});
  EXPECT_THAT(names<StartInstance>(scene.last), IsEmpty()) << "there are more than the maximum now";
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
}

TEST(FleetScalingTest, ADrainLetsBusyRunnersFinishAndRemovesAllOthers) {
  Scene scene;
  auto const busy = scene.busy();
  std::vector<std::string> const others{scene.idle(), scene.idle(), scene.idle(), scene.idle(),
                                        scene.starting()};
  auto const planned = scene.planned();
  scene.tell(DrainRequested{});
  EXPECT_EQ(scene.fleet.capacity(), 0);
  EXPECT_THAT(names<RemoveRegistration>(scene.last), SizeIs(5))
      << "neither the brake nor their age keeps them";
  EXPECT_THAT(names<RemoveRegistration>(scene.tell(JitReady{planned, RunnerId{50}})),
              ElementsAre(planned));
  scene.tell(RegistrationRemoved{planned});
  for (auto const& name : others) scene.tell(RegistrationRemoved{name});
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(3))), SizeIs(5));
  for (auto const& name : others) scene.tell(InstanceExited{name, 0, ""});
  EXPECT_FALSE(scene.fleet.is_empty());
  scene.tell(JobCompletedReported{busy, "succeeded"});
  scene.tell(InstanceExited{busy, 0, ""});
  EXPECT_TRUE(scene.fleet.is_empty());
  EXPECT_THAT(names<RequestJit>(scene.tell(assigned(5))), IsEmpty()) << "a drain is not undone";
}

TEST(FleetScalingTest, AdoptedRunnersCountAndDeadOnesAreCleanedUp) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, "11", RunnerState::busy, true});
  scene.tell(Adopted{"b", RunnerId{2}, "12", RunnerState::idle, true});
  scene.tell(Adopted{"c", RunnerId{3}, "13", RunnerState::planned, true});
  scene.tell(Adopted{"d", RunnerId{4}, "14", RunnerState::stopping, true});
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre("d"));
  scene.tell(Adopted{"e", std::nullopt, "", RunnerState::planned, false});
  EXPECT_THAT(names<RemoveRegistration>(scene.last), IsEmpty())
      << "the service may still be working on its call";
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(30))), ElementsAre("e"));
  EXPECT_EQ(scene.fleet.counts().useful(), 3);
  EXPECT_THAT(names<RequestJit>(scene.tell(assigned(3))), IsEmpty());
  EXPECT_EQ(scene.state("c"), RunnerState::starting);
}

TEST(FleetScalingTest, LeftoverRegistrationsAreRemovedAFewAtATime) {
  Scene scene;
  for (char name = 'a'; name < 'j'; ++name) {
    scene.tell(Adopted{std::string(1, name), RunnerId{name}, "", RunnerState::busy, false});
  }
  int asked = 0;
  for (auto const& [name, runner] : scene.fleet.runners()) asked += runner.awaiting_removal ? 1 : 0;
  EXPECT_EQ(asked, 4);
  EXPECT_THAT(names<RemoveRegistration>(scene.tell(RegistrationRemoved{"a"})), SizeIs(1));
}

}  // namespace
}  // namespace scaleset::fleet
