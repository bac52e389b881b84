#include "fleet/testing/fixture.hpp"

/// Options, templates and budgets that change while runners live.
namespace scaleset::fleet {
namespace {

using namespace testing;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Has one runner registered whose start is under way.
void finish_start(Scene& scene) {
  scene.prepare();
  for (auto const& [name, runner] : Runners(scene.fleet.runners())) {
    if (runner.state != RunnerState::planned) continue;
    scene.tell(JitReady{name, RunnerId{++scene.last_id}});
    scene.tell(InstanceStarted{name, "x"});
    scene.tell(registered(name));
  }
}

TEST(FleetTemplate, IdleRunnersOfAnOlderOneAreReplacedOneAtATime) {
  Scene scene(limits(2, 2));
  scene.idle();
  finish_start(scene);
  ASSERT_EQ(scene.fleet.counts().idle, 2);
  scene.tell(assigned(0));
  auto const first = names<RemoveRegistration>(scene.tell(TemplateChanged{}));
  ASSERT_THAT(first, SizeIs(1)) << "the other ones stay until its replacement is ready";
  scene.tell(RegistrationRemoved{first[0]});
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(4))), IsEmpty());
  scene.tell(exited(first[0], 0));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), IsEmpty()) << "the replacement is not ready";
  finish_start(scene);
  EXPECT_THAT(names<RemoveRegistration>(scene.last), SizeIs(1)) << "now it is the next one's turn";
}

TEST(FleetTemplate, ABusyRunnerIsLeftAndItsEndIsTheEnd) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(TemplateChanged{});
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(minutes(10))), IsEmpty());
  EXPECT_EQ(scene.state(name), RunnerState::busy);
}

TEST(FleetTemplate, ARunnerThatIsStartedAfterwardsStays) {
  Scene scene;
  scene.tell(TemplateChanged{});
  auto const name = scene.idle();
  scene.tell(Tick{});
  EXPECT_EQ(scene.state(name), RunnerState::idle);
  EXPECT_FALSE(scene.runner(name).outdated);
}

TEST(FleetTemplate, OneThatIsPlannedIsMadeOfTheNewOne) {
  Scene scene;
  auto const name = scene.planned();
  scene.tell(TemplateChanged{});
  EXPECT_FALSE(scene.runner(name).outdated);
}

TEST(FleetTemplate, OneThatIsStartingIsReplacedOnceItIsIdle) {
  Scene scene;
  auto const name = scene.starting();
  scene.tell(TemplateChanged{});
  EXPECT_EQ(scene.state(name), RunnerState::starting);
  EXPECT_THAT(names<RemoveRegistration>(scene.tell(registered(name))), ElementsAre(name));
}

// Budgets.

ShareGiven share(int may_have, int may_offer) { return {Share{may_have, may_offer}}; }

TEST(FleetShare, NoMoreRunnersAreStartedThanTheShareHas) {
  Scene scene;
  scene.tell(share(2, 2));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(5))), SizeIs(2));
  EXPECT_EQ(scene.fleet.wanted(), 5) << "the share does not change what is wanted";
  EXPECT_EQ(scene.fleet.used(), 2);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(share(3, 3))), SizeIs(1));
}

TEST(FleetShare, WithoutARunnerInItNothingIsStartedOrOffered) {
  Scene scene(limits(1, 10));
  scene.tell(share(0, 0));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(1))), IsEmpty());
  EXPECT_EQ(scene.fleet.capacity(), 0);
}

TEST(FleetShare, TheCapacityIsWhatMayBeOffered) {
  Scene scene;
  scene.tell(assigned(0));
  EXPECT_EQ(scene.fleet.capacity(), 10);
  scene.tell(share(0, 1));
  EXPECT_EQ(scene.fleet.capacity(), 1);
  scene.tell(ShareGiven{});
  EXPECT_EQ(scene.fleet.capacity(), 10) << "there is no budget any more";
}

TEST(FleetShare, ALoweredShareEndsNoRunner) {
  Scene scene;
  auto const name = scene.busy();
  auto const idle = scene.idle();
  EXPECT_THAT(scene.tell(share(0, 0)), IsEmpty());
  EXPECT_EQ(scene.state(name), RunnerState::busy);
  EXPECT_EQ(scene.state(idle), RunnerState::idle);
  EXPECT_EQ(scene.fleet.capacity(), 2) << "they can have jobs";
}

TEST(FleetShare, WhatFailedStartsCannotUseIsNotNeeded) {
  Scene scene;
  scene.tell(share(9, 9));
  for (auto const& name : names<PrepareInstance>(scene.tell(assigned(3))))
    scene.tell(Prepared{name});
  EXPECT_EQ(scene.fleet.needed(), 3);
  for (auto const& [name, runner] : Runners(scene.fleet.runners()))
    scene.tell(JitFailed{name, testing::failure(false)});
  EXPECT_EQ(scene.fleet.needed(), scene.fleet.used());
  EXPECT_EQ(scene.fleet.wanted(), scene.fleet.used());
  scene.wait(minutes(2));
  EXPECT_GE(scene.fleet.needed(), 1) << "one is tried again";
}

TEST(FleetShare, APausedOneNeedsRunnersOnlyForItsJobs) {
  Scene scene(limits(2, 10));
  auto const busy = scene.busy();
  auto const idle = scene.idle();
  scene.tell(SuspensionChanged{Suspension::paused});
  scene.tell(assigned(1, 1));
  EXPECT_EQ(scene.fleet.needed(), 1);
  EXPECT_FALSE(scene.fleet.takes_jobs());
  scene.tell(assigned(5, 1));
  EXPECT_EQ(scene.fleet.needed(), scene.fleet.used()) << "it starts none";
  EXPECT_EQ(scene.state(busy), RunnerState::busy);
  EXPECT_EQ(scene.state(idle), RunnerState::idle);
}

TEST(FleetShare, AParkedOneNeedsTheRunnerThatIsTried) {
  Scene scene(limits(1, 10));
  scene.tell(testing::exited(scene.idle(), 7, "", ExitCause::version_refused, "2.330.0"));
  for (auto const& [name, runner] : Runners(scene.fleet.runners())) {
    if (runner.state == RunnerState::planned) scene.tell(Prepared{name});
    if (runner.state == RunnerState::cleaning) scene.tell(RegistrationRemoved{name});
  }
  ASSERT_TRUE(scene.fleet.parked());
  scene.tell(share(0, 0));
  EXPECT_EQ(scene.fleet.needed(), 0);
  scene.wait(minutes(10));
  EXPECT_EQ(scene.fleet.needed(), 1);
  EXPECT_EQ(scene.fleet.wanted(), 1);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(share(1, 0))), SizeIs(1));
  EXPECT_EQ(scene.fleet.needed(), 1) << "this is the runner that it tries";
}

TEST(FleetShare, ARunnerThatIsBeingRetiredStillUsesIt) {
  Scene scene;
  scene.tell(share(1, 1));
  auto const name = scene.spare();
  scene.tell(Tick{});
  ASSERT_EQ(scene.state(name), RunnerState::retiring);
  EXPECT_EQ(scene.fleet.used(), 1);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(1))), IsEmpty()) << "it may be busy";
  scene.tell(RegistrationRemoved{name});
  EXPECT_THAT(names<PrepareInstance>(scene.last), IsEmpty()) << "it is given back";
  EXPECT_THAT(names<PrepareInstance>(scene.tell(share(1, 1))), SizeIs(1));
}

TEST(FleetShare, ARunnerThatHasEndedIsNotReplacedUntilThereIsAShareForIt) {
  Scene scene;
  scene.tell(share(2, 2));
  auto const name = scene.busy();
  scene.busy();
  scene.tell(assigned(5));
  ASSERT_EQ(scene.fleet.used(), 2);
  InstanceExited exited;
  exited.name = name;
  EXPECT_THAT(names<PrepareInstance>(scene.tell(exited)), IsEmpty());
  ASSERT_TRUE(scene.fleet.share());
  EXPECT_EQ(scene.fleet.share()->may_have, 1);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(share(2, 2))), SizeIs(1));
}

}  // namespace
}  // namespace scaleset::fleet
