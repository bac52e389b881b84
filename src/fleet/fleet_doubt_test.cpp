#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// What the service and this machine say differently, starts that may not be made, and instances
/// that nobody knows.
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
using testing::listed;
using testing::names;
using testing::noticed;
using testing::Scene;
using ::testing::SizeIs;
using testing::started;

// A job that only the service sees

class JobOnPaper : public ::testing::Test {
 protected:
  JobOnPaper() { scene_.tell(started(name_)); }
  void look(Activity activity) { scene_.tell(listed(name_, activity, scene_.now)); }
  Scene scene_{limits(0, 10)};
  std::string name_ = scene_.idle();
};

TEST_F(JobOnPaper, IsBelievedForAWhile) {
  EXPECT_EQ(scene_.state(name_), RunnerState::busy);
  look(Activity::idle);
  scene_.now += minutes(2) - seconds(1);
  look(Activity::idle);
  EXPECT_EQ(scene_.state(name_), RunnerState::busy);
}

TEST_F(JobOnPaper, IsNoJobIfTwoLooksFindNoWorker) {
  look(Activity::idle);
  scene_.now += minutes(2);
  look(Activity::idle);
  EXPECT_EQ(scene_.state(name_), RunnerState::idle);
  EXPECT_THAT(noticed(scene_.last, LogLevel::info), HasSubstr("none runs on this machine"));
}

TEST_F(JobOnPaper, OneLookIsNotEnough) {
  scene_.now += minutes(5);
  look(Activity::idle);
  EXPECT_EQ(scene_.state(name_), RunnerState::busy);
}

TEST_F(JobOnPaper, IsAJobOnceAWorkerWasSeen) {
  look(Activity::busy);
  scene_.now += minutes(2);
  look(Activity::idle);
  scene_.now += minutes(2);
  look(Activity::idle);
  EXPECT_EQ(scene_.state(name_), RunnerState::busy);
}

TEST_F(JobOnPaper, IsWatchedLikeAnIdleRunner) {
  EXPECT_THAT(names<LookUpRegistration>(scene_.wait(minutes(2))), ElementsAre(name_));
  scene_.tell(RegistrationLookedUp{name_, false});
  scene_.wait(seconds(30));
  scene_.tell(RegistrationLookedUp{name_, false});
  EXPECT_EQ(scene_.state(name_), RunnerState::lost);
  EXPECT_EQ(scene_.fleet.totals().zombies, 1U);
}

TEST_F(JobOnPaper, IsNotWatchedOnceAWorkerWasSeen) {
  look(Activity::busy);
  EXPECT_THAT(names<LookUpRegistration>(scene_.wait(minutes(10))), IsEmpty());
}

TEST_F(JobOnPaper, WhenItHasEndedTheRegistrationIsRemovedAllTheSame) {
  scene_.tell(completed(name_));
  scene_.tell(exited(name_, 0));
  EXPECT_EQ(scene_.state(name_), RunnerState::cleaning);
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), ElementsAre(name_));
}

TEST(FleetDoubtTest, AfterAJobThatWasSeenTheServiceRemovesTheRegistrationItself) {
  Scene scene(limits(0, 10));
  auto const name = scene.busy();
  scene.tell(completed(name));
  scene.tell(exited(name, 0));
  EXPECT_FALSE(scene.knows(name));
}

// Statistics

TEST(FleetDoubtTest, StatisticsAreDoubtedIfTheyDoNotFitTheBusyRunners) {
  Scene scene(limits(0, 10));
  EXPECT_FALSE(scene.fleet.doubts_statistics()) << "there are none";
  scene.tell(assigned(0));
  EXPECT_FALSE(scene.fleet.doubts_statistics());
  auto const name = scene.idle();
  EXPECT_TRUE(scene.fleet.doubts_statistics()) << "a job waits";
  scene.tell(InstanceBusy{name});
  EXPECT_FALSE(scene.fleet.doubts_statistics());
  scene.tell(exited(name, 1));
  EXPECT_FALSE(scene.fleet.doubts_statistics()) << "the job is held";
  scene.tell(completed(name, "failed"));
  EXPECT_TRUE(scene.fleet.doubts_statistics()) << "they still count the job";
}

TEST(FleetGapTest, AHeldJobThatTheServiceCountsAsRunningIsSubtractedOnce) {
  Scene scene(limits(0, 3));
  auto const deaf = scene.idle();
  auto const dead = scene.busy();
  scene.look(Activity::idle);
  scene.tell(assigned(2, 1));
  scene.tell(exited(dead, 1));
  ASSERT_EQ(scene.fleet.held(), 1);
  scene.wait(minutes(5));
  EXPECT_EQ(scene.fleet.totals().suspects, 1U);
  EXPECT_EQ(scene.state(deaf), RunnerState::retiring);
}

// Starts that may not be made

TEST(FleetHaltTest, NothingIsStartedAndNoCapacityAdvertised) {
  Scene scene(limits(0, 10));
  scene.tell(StartsHalted{true});
  scene.tell(assigned(5));
  EXPECT_THAT(names<PrepareInstance>(scene.last), IsEmpty());
  EXPECT_EQ(scene.fleet.capacity(), 0);
  scene.tell(StartsHalted{false});
  EXPECT_THAT(names<PrepareInstance>(scene.last), SizeIs(5));
  EXPECT_EQ(scene.fleet.capacity(), 10);
}

TEST(FleetHaltTest, APreparedRunnerWaitsWithItsCall) {
  Scene scene(limits(0, 10));
  auto const name = scene.planned();
  scene.tell(StartsHalted{true});
  scene.tell(Prepared{name});
  EXPECT_THAT(names<RequestJit>(scene.last), IsEmpty());
  scene.tell(StartsHalted{false});
  EXPECT_THAT(names<RequestJit>(scene.last), ElementsAre(name));
}

TEST(FleetHaltTest, AnAbandonedStartIsNobodysFailure) {
  Scene scene(limits(0, 10));
  auto const name = scene.planned();
  scene.tell(StartsHalted{true});
  scene.tell(StartAbandoned{name});
  EXPECT_THAT(names<ForgetRunner>(scene.last), ElementsAre(name));
  EXPECT_FALSE(scene.knows(name));
  EXPECT_EQ(scene.fleet.starts().failures(), 0);
  EXPECT_EQ(scene.fleet.totals().start_failures, 0U);
}

TEST(FleetHaltTest, OnlyAPlannedStartCanBeAbandoned) {
  Scene scene(limits(0, 10));
  auto const name = scene.idle();
  scene.tell(StartAbandoned{name});
  scene.tell(StartAbandoned{"unknown"});
  EXPECT_EQ(scene.state(name), RunnerState::idle);
  EXPECT_EQ(scene.fleet.totals().ignored, 2U);
}

// The service takes it for another runner, which has a job (field problem A10).
TEST(FailedStart, OfARunnerThatTheServiceSaysWorksIsBelievedAfterTwoLooks) {
  Scene scene(limits(0, 10));
  auto const name = scene.starting();
  scene.tell(started(name));
  scene.tell(InstanceFailed{name, "the machine refused it"});
  ASSERT_TRUE(scene.knows(name)) << "something may run";
  for (int i = 0; i < 2; ++i) {
    scene.now += seconds(60);
    InstancesListed nothing;
    nothing.asked_at = scene.now;
    scene.tell(nothing);
  }
  ASSERT_EQ(scene.state(name), RunnerState::cleaning);
  scene.tell(RegistrationRemoved{name});
  EXPECT_FALSE(scene.knows(name));
}

// Instances that nobody knows

class StrangerTest : public ::testing::Test {
 protected:
  void look(bool alive = true) {
    scene_.now += seconds(60);
    InstancesListed listing;
    listing.asked_at = scene_.now;
    listing.instances.push_back(
        {"stranger", alive, Activity::idle, RunnerId{77}, ScaleSetId{}, "process 9"});
    scene_.tell(listing);
  }
  Scene scene_{limits(0, 10)};
};

TEST_F(StrangerTest, IsTakenOverAtTheSecondLookAndEndedTheSafeWay) {
  look();
  EXPECT_FALSE(scene_.knows("stranger")) << "it may just be ending";
  look();
  ASSERT_TRUE(scene_.knows("stranger"));
  EXPECT_EQ(scene_.runner("stranger").reference, "process 9");
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), ElementsAre("stranger"));
  scene_.tell(RegistrationRemoved{"stranger"});
  EXPECT_THAT(names<StopInstance>(scene_.wait(seconds(3))), ElementsAre("stranger"));
}

TEST_F(StrangerTest, OneThatHasEndedIsOfNoInterest) {
  for (int i = 0; i < 3; ++i) look(false);
  EXPECT_FALSE(scene_.knows("stranger"));
}

TEST_F(StrangerTest, ARunnerWhoseStartWasReportedAsFailedIsOneToo) {
  auto const name = scene_.asked();
  scene_.tell(JitReady{name, RunnerId{5}});
  scene_.tell(InstanceFailed{name, "the engine did not answer"});
  ASSERT_EQ(scene_.state(name), RunnerState::cleaning);
  for (int i = 0; i < 2; ++i) {
    scene_.now += seconds(60);
    scene_.tell(listed(name, Activity::idle, scene_.now));
  }
  EXPECT_EQ(scene_.state(name), RunnerState::retiring);
}

// Lost answers must not fill the machine with twice as many instances as there may be.
TEST_F(StrangerTest, AStartThatFailedCountsAsAnInstanceUntilAListingSaysThatThereIsNone) {
  Scene scene(limits(0, 1));
  scene.tell(assigned(1));
  auto const fail_a_start = [&scene] {
    auto const name = names<PrepareInstance>(scene.last).at(0);
    scene.tell(Prepared{name});
    scene.tell(JitReady{name, RunnerId{5}});
    scene.tell(InstanceFailed{name, "the engine did not answer"});
    return name;
  };
  auto const first = fail_a_start();
  EXPECT_EQ(scene.fleet.counts().unclear, 1);
  auto const failed_at = scene.now;
  scene.end_pause();
  auto const second = fail_a_start();
  EXPECT_EQ(scene.fleet.counts().unclear, 2);
  EXPECT_THAT(names<PrepareInstance>(scene.end_pause()), IsEmpty()) << "both may run, and two may";
  InstancesListed early;
  early.asked_at = failed_at;
  scene.tell(early);
  EXPECT_EQ(scene.fleet.counts().unclear, 2) << "it was asked before the starts had failed";
  scene.now += seconds(60);
  scene.tell(listed(second, Activity::idle, scene.now));
  EXPECT_EQ(scene.fleet.counts().unclear, 1);
  EXPECT_THAT(names<PrepareInstance>(scene.last), SizeIs(1)) << "the first start left nothing";
  EXPECT_NE(names<PrepareInstance>(scene.last).at(0), first);
  scene.now += seconds(60);
  scene.tell(listed(second, Activity::idle, scene.now));
  EXPECT_EQ(scene.fleet.counts().unclear, 0) << "it is taken over";
  EXPECT_EQ(scene.state(second), RunnerState::retiring);
}

// Credentials that have changed

TEST(FleetCredentialsTest, ACallThatWasRefusedIsMadeAgainAtOnce) {
  Scene scene(limits(0, 10));
  scene.tell(assigned(1));
  scene.tell(Prepared{names<PrepareInstance>(scene.last).at(0)});
  Error refused(ErrorCode::unauthorized, "Bad credentials");
  scene.tell(JitFailed{names<RequestJit>(scene.last).at(0), refused});
  EXPECT_THAT(names<PrepareInstance>(scene.last), IsEmpty()) << "the service is left in peace";
  scene.tell(CredentialsChanged{});
  auto const next = names<PrepareInstance>(scene.last);
  ASSERT_THAT(next, SizeIs(1));
  scene.tell(Prepared{next.at(0)});
  EXPECT_THAT(names<RequestJit>(scene.last), ElementsAre(next.at(0)));
}

}  // namespace
}  // namespace scaleset::fleet
