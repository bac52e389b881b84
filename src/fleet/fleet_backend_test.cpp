#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// What the backend's listings change, how a runner ends after its job, and what is adopted.
namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using testing::assigned;
using testing::completed;
using ::testing::ElementsAre;
using testing::exited;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::limits;
using testing::listed;
using testing::names;
using testing::noticed;
using testing::registered;
using testing::Scene;
using ::testing::SizeIs;
using testing::started;

// Listings

TEST(FleetListingTest, SaysWhatARunnerDoes) {
  Scene scene;
  auto const name = scene.idle();
  EXPECT_EQ(scene.runner(name).activity, Activity::unknown);
  scene.look(Activity::idle);
  EXPECT_EQ(scene.runner(name).activity, Activity::idle);
  EXPECT_EQ(scene.state(name), RunnerState::idle);
}

TEST(FleetListingTest, AJobThatIsSeenMakesARunnerBusyInEveryState) {
  Scene scene;
  auto const starting = scene.starting();
  auto const idle = scene.idle();
  scene.look(Activity::busy);
  EXPECT_EQ(scene.state(starting), RunnerState::busy);
  EXPECT_EQ(scene.state(idle), RunnerState::busy);

  Scene other;
  auto const retiring = other.spare();
  other.tell(Tick{});
  ASSERT_EQ(other.state(retiring), RunnerState::retiring);
  other.look(Activity::busy);
  EXPECT_EQ(other.state(retiring), RunnerState::busy);
  EXPECT_EQ(other.runner(retiring).activity, Activity::busy);
}

TEST(FleetListingTest, ABusyRunnerStaysBusyWhateverIsSeen) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(listed(name, Activity::idle, scene.now));
  EXPECT_EQ(scene.state(name), RunnerState::busy);
}

TEST(FleetListingTest, ALookThatBeganBeforeTheLastWordOfTheInstanceIsOutOfDate) {
  Scene scene;
  auto const name = scene.busy();
  auto const before = scene.now;
  scene.now += seconds(5);
  scene.tell(InstanceIdle{name});
  scene.tell(listed(name, Activity::busy, before));
  EXPECT_EQ(scene.runner(name).activity, Activity::unknown);
}

TEST(FleetListingTest, ARunnerThatIsMissingTwiceHasEnded) {
  Scene scene;
  auto const name = scene.busy();
  scene.now += seconds(1);
  scene.tell(InstancesListed{{}, scene.now});
  EXPECT_EQ(scene.state(name), RunnerState::busy) << "one look may have missed it";
  scene.tell(InstancesListed{{{name, false, Activity::unknown}}, scene.now});
  EXPECT_EQ(scene.state(name), RunnerState::cleaning);
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("does not list it any more"));
  EXPECT_EQ(scene.fleet.held(), 1);
}

TEST(FleetListingTest, ARunnerThatIsSeenAgainStartsTheCountAnew) {
  Scene scene;
  auto const name = scene.idle();
  scene.now += seconds(1);
  scene.tell(InstancesListed{{}, scene.now});
  scene.look(Activity::idle);
  scene.tell(InstancesListed{{}, scene.now});
  EXPECT_EQ(scene.state(name), RunnerState::idle);
}

TEST(FleetListingTest, ALookThatBeganBeforeTheStartSaysNothing) {
  Scene scene;
  auto const before = scene.now;
  auto const name = scene.starting();
  for (int i = 0; i < 3; ++i) scene.tell(InstancesListed{{}, before});
  EXPECT_EQ(scene.state(name), RunnerState::starting);
  auto const unstarted = scene.asked();
  scene.tell(JitReady{unstarted, RunnerId{90}});
  for (int i = 0; i < 3; ++i) {
    scene.now += seconds(1);
    scene.look(Activity::unknown);
    scene.tell(listed(name, Activity::unknown, scene.now));
  }
  EXPECT_EQ(scene.state(unstarted), RunnerState::starting);
}

TEST(FleetListingTest, ThatItIsListedShowsThatItHasStarted) {
  Scene scene;
  auto const name = scene.asked();
  scene.tell(JitReady{name, RunnerId{90}});
  EXPECT_FALSE(scene.runner(name).started_at);
  scene.now += minutes(1);
  scene.tell(listed(name, Activity::unknown, scene.now));
  EXPECT_EQ(scene.runner(name).started_at, scene.now);
  EXPECT_EQ(scene.runner(name).deadline, scene.now + minutes(5));
}

TEST(FleetListingTest, StrangersAndEndedRunnersAreLeftAlone) {
  Scene scene;
  auto const name = scene.starting();
  scene.tell(exited(name, 1));
  scene.tell(listed(name, Activity::busy, scene.now));
  EXPECT_EQ(scene.state(name), RunnerState::cleaning);
  scene.tell(listed("stranger", Activity::busy, scene.now));
  EXPECT_FALSE(scene.knows("stranger"));
}

// The end after a job

TEST(FleetFinishingTest, TheServiceAndALookTogetherEndAJobThatTheRunnerNeverReported) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(completed(name));
  scene.tell(listed(name, Activity::idle, scene.now));
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(60))), ElementsAre(name));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), IsEmpty());
}

TEST(FleetFinishingTest, AWorkerThatIsSeenKeepsARunnerWhoseJobIsOver) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(InstanceIdle{name});
  scene.tell(listed(name, Activity::busy, scene.now));
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(60))), IsEmpty());
  scene.tell(listed(name, Activity::idle, scene.now));
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(60))), ElementsAre(name));
}

TEST(FleetFinishingTest, WhatTheRunnerSaidBeforeItsJobDoesNotShowThatTheJobHasEnded) {
  Scene scene;
  auto const name = scene.idle();
  scene.look(Activity::idle);
  scene.tell(started(name));
  scene.tell(completed(name));
  scene.wait(seconds(60));
  EXPECT_THAT(names<StopInstance>(scene.last), IsEmpty());
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
}

TEST(FleetFinishingTest, AJobThatIsCancelledWhileItRunsHereIsTheRunnersOnlyOne) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(completed(name, "canceled"));
  EXPECT_EQ(scene.state(name), RunnerState::finishing);
  EXPECT_TRUE(scene.runner(name).done);
  scene.tell(exited(name, 0));
  EXPECT_FALSE(scene.knows(name)) << "the service has removed it after its job";
  EXPECT_EQ(scene.fleet.held(), 0);
}

TEST(FleetFinishingTest, ASignOfAJobStopsTheStopOfARunnerWhoseJobIsOver) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(InstanceIdle{name});
  scene.wait(seconds(60));
  ASSERT_EQ(scene.state(name), RunnerState::stopping);
  scene.tell(InstanceBusy{name});
  EXPECT_EQ(scene.state(name), RunnerState::finishing);
  EXPECT_THAT(names<StopInstance>(scene.wait(minutes(10))), IsEmpty());
}

TEST(FleetFinishingTest, ManyThatLingerGoAtOnce) {
  Scene scene(limits(0, 20));
  std::vector<std::string> all;
  all.reserve(12);
  for (int i = 0; i < 12; ++i) all.push_back(scene.busy());
  for (auto const& name : all) scene.tell(InstanceIdle{name});
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(60))), SizeIs(12));
}

TEST(FleetFinishingTest, AnEndThatWeHaveCausedIsTold) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  EXPECT_THAT(noticed(scene.last, LogLevel::info), HasSubstr("retiring"));
  scene.tell(RegistrationRemoved{name});
  scene.wait(seconds(3));
  scene.tell(exited(name, 0));
  EXPECT_THAT(noticed(scene.last, LogLevel::info), HasSubstr("the runner ended"));
}

TEST(FleetFinishingTest, LostRunnersGoWithoutTheBrake) {
  Scene scene(limits(0, 20));
  for (int i = 0; i < 4; ++i) scene.starting();
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(minutes(5))), SizeIs(4));
}

// Room

TEST(FleetRoomTest, TheBackendLimitsWhatIsAdvertisedAndStarted) {
  Scene scene(limits(0, 10));
  scene.tell(RoomReported{2});
  EXPECT_EQ(scene.fleet.capacity(), 2);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(5))), SizeIs(2));
  EXPECT_EQ(scene.fleet.capacity(), 2) << "the two will take the room";
  scene.tell(RoomReported{3});
  EXPECT_EQ(scene.fleet.counts().planned, 3);
  EXPECT_EQ(scene.fleet.capacity(), 3);
  scene.tell(RoomReported{std::nullopt});
  EXPECT_EQ(scene.fleet.counts().planned, 5);
  EXPECT_EQ(scene.fleet.capacity(), 10);
}

TEST(FleetRoomTest, StartsAndEndsCountUntilTheNextReport) {
  Scene scene(limits(0, 10));
  scene.tell(RoomReported{2});
  auto const first = scene.busy();
  EXPECT_EQ(scene.fleet.capacity(), 2);
  auto const second = scene.busy();
  EXPECT_EQ(scene.fleet.capacity(), 2);
  scene.tell(assigned(0));
  scene.tell(completed(first));
  scene.tell(exited(first, 0));
  EXPECT_EQ(scene.fleet.capacity(), 2);
  scene.tell(RoomReported{-4});
  EXPECT_EQ(scene.fleet.capacity(), 1);
  EXPECT_TRUE(scene.knows(second));
}

// Adoption

TEST(FleetAdoptionTest, ARunnerThatIsSeenWithAJobIsBusy) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::idle, true, Activity::busy});
  EXPECT_EQ(scene.state("a"), RunnerState::busy);
  EXPECT_EQ(scene.runner("a").busy_since, scene.now);
  scene.tell(Adopted{"b", RunnerId{2}, {}, "12", RunnerState::stopping, true, Activity::busy});
  EXPECT_EQ(scene.state("b"), RunnerState::busy);
}

TEST(FleetAdoptionTest, AnIdleOneIsWatchedFromNowOn) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::idle, true, Activity::idle});
  scene.tell(assigned(1));
  EXPECT_EQ(scene.runner("a").activity, Activity::idle);
  EXPECT_THAT(names<LookUpRegistration>(scene.wait(minutes(2))), ElementsAre("a"));
}

TEST(FleetAdoptionTest, OneThatWasGivenUpAndTurnsOutToLiveTakesTheGuardedWay) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::idle, false});
  ASSERT_EQ(scene.state("a"), RunnerState::cleaning);
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::idle, true});
  EXPECT_EQ(scene.state("a"), RunnerState::retiring);
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::idle, true});
  EXPECT_EQ(scene.fleet.totals().ignored, 1U) << "it is known";
}

TEST(FleetAdoptionTest, OneThatWasFinishingIsStoppedOnlyAfterTheServiceWasAsked) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::finishing, true});
  scene.wait(seconds(60));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre("a"));
  EXPECT_THAT(names<StopInstance>(scene.last), IsEmpty());
}

TEST(FleetAdoptionTest, OneThatIsNotListedAnyMoreHasEnded) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::busy, true});
  scene.now += seconds(1);
  scene.tell(InstancesListed{{}, scene.now});
  scene.tell(InstancesListed{{}, scene.now});
  EXPECT_EQ(scene.state("a"), RunnerState::cleaning);
}

// What the log says about an end.

TEST(EndTest, InTheMiddleOfAJobNamesTheJob) {
  Scene scene;
  auto const name = scene.idle();
  MessageReported report = started(name);
  report.started[0].job.job_display_name = "build";
  report.started[0].job.owner = "octo";
  report.started[0].job.repository = "tools";
  report.started[0].job.workflow_run_id = 7;
  scene.tell(report);
  scene.tell(exited(name, std::nullopt, "killed by signal 9"));
  EXPECT_THAT(noticed(scene.last, LogLevel::warn),
              AllOf(HasSubstr("in the middle of a job"),
                    HasSubstr("exit=killed by signal 9 job=build repository=octo/tools run=7")));
}

TEST(EndTest, OfARunnerThatSaidGoodbyeIsNotInTheMiddleOfAJob) {
  Scene scene;
  auto const name = scene.busy();
  InstanceExited end = exited(name, std::nullopt);
  end.said_goodbye = true;
  scene.tell(end);
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), IsEmpty());
  EXPECT_THAT(noticed(scene.last, LogLevel::info), HasSubstr("the runner ended"));
}

TEST(EndTest, AnExitCodeTellsMoreThanAGoodbye) {
  for (auto const& [code, warned] : {std::pair(0, false), std::pair(2, true)}) {
    Scene scene;
    auto const name = scene.busy();
    InstanceExited end = exited(name, code);
    end.said_goodbye = warned;
    scene.tell(end);
    EXPECT_EQ(noticed(scene.last, LogLevel::warn).empty(), !warned);
  }
}

TEST(EndTest, NamesTheExitCodeOnce) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(exited(name, 0, "ended normally (exit code 0)"));
  EXPECT_THAT(noticed(scene.last, LogLevel::info), HasSubstr("exit=ended normally (exit code 0)"));
}

}  // namespace
}  // namespace scaleset::fleet
