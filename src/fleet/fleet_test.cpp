#include "fleet/fleet.hpp"

#include "fleet/testing/fixture.hpp"

namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::assigned;
using testing::completed;
using ::testing::ElementsAre;
using testing::exited;
using testing::failure;
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
using ::testing::StartsWith;

// Starting

TEST(FleetTest, DoesNothingBeforeTheFirstStatistics) {
  Scene scene(limits(2, 10));
  EXPECT_THAT(scene.tell(Tick{}), IsEmpty());
  EXPECT_FALSE(scene.fleet.target());
  EXPECT_EQ(scene.fleet.capacity(), 10);
  EXPECT_FALSE(scene.fleet.next_deadline());
}

TEST(FleetTest, PlansForTheAssignedJobsAndTheMinimum) {
  Scene scene(limits(2, 10));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(3))), SizeIs(5));
  EXPECT_EQ(scene.fleet.target(), 5);
  EXPECT_THAT(noticed(scene.last, LogLevel::info), HasSubstr("count=5 jobs=3"));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(3))), IsEmpty())
      << "the same statistics again ask for no more";
}

TEST(FleetTest, NamesAreThePrefixAndEightDigitsAndNeverTooLong) {
  Options options = limits(1, 1);
  options.name_prefix = "linux-x64";
  Scene scene(options);
  auto const names_made = names<PrepareInstance>(scene.tell(assigned(0)));
  ASSERT_THAT(names_made, ElementsAre(StartsWith("linux-x64-")));
  EXPECT_THAT(names_made.front(), SizeIs(18));

  options.name_prefix = std::string(100, 'x');
  Scene scene_of_long_names(options);
  EXPECT_THAT(names<PrepareInstance>(scene_of_long_names.tell(assigned(0))),
              ElementsAre(SizeIs(64)));
}

TEST(FleetTest, NamesDifferEvenIfChanceDoesNot) {
  struct Stuck final : RandomSource {
    double uniform() noexcept override { return 0.999; }
  };
  Fleet fleet(limits(0, 10), std::make_shared<Stuck>());
  EXPECT_THAT(names<PrepareInstance>(fleet.handle(assigned(3), TimePoint{})), SizeIs(3));
  EXPECT_THAT(fleet.runners(), SizeIs(3));
}

TEST(FleetTest, PreparesAllAtOnceButMakesOnlySoManyCalls) {
  Options options = limits(0, 100);
  options.parallel_starts = 3;
  Scene scene(options);
  ASSERT_THAT(names<PrepareInstance>(scene.tell(assigned(10))), SizeIs(10));
  auto const first = names<RequestJit>(scene.prepare());
  ASSERT_THAT(first, SizeIs(3));
  scene.tell(JitReady{first[0], RunnerId{1}});
  EXPECT_THAT(names<StartInstance>(scene.last), ElementsAre(first[0]));
  EXPECT_THAT(names<RequestJit>(scene.last), SizeIs(1));
}

TEST(FleetTest, APreparedRunnerThatIsNoLongerNeededAsksForNothing) {
  Options options = limits(0, 100);
  options.parallel_starts = 1;
  Scene scene(options);
  scene.tell(assigned(3));
  auto const asked = names<RequestJit>(scene.prepare());
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_THAT(names<ForgetRunner>(scene.tell(assigned(1))), SizeIs(2));
  EXPECT_TRUE(scene.knows(asked[0]));
}

TEST(FleetTest, APreparationThatFailsIsAFailedStartAndLeavesNothing) {
  Scene scene;
  auto const name = scene.planned();
  scene.tell(PrepareFailed{name, "no such image"});
  EXPECT_THAT(names<ForgetRunner>(scene.last), ElementsAre(name));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), IsEmpty());
  EXPECT_EQ(scene.fleet.totals().start_failures, 1U);
  EXPECT_EQ(scene.fleet.starts().cause(), "no such image");
  EXPECT_THAT(names<PrepareInstance>(scene.end_pause()), SizeIs(1)) << "it is replaced";
  EXPECT_EQ(scene.fleet.totals().jit_failures, 0U);
}

TEST(FleetTest, APreparationMayTakeLongButNotForEver) {
  Scene scene;
  auto const name = scene.planned();
  scene.wait(minutes(15) - seconds(1));
  EXPECT_TRUE(scene.knows(name));
  scene.wait(seconds(1));
  EXPECT_THAT(names<ForgetRunner>(scene.last), ElementsAre(name));
  EXPECT_EQ(scene.fleet.totals().start_failures, 1U);
  scene.tell(Prepared{name});
  EXPECT_THAT(names<RequestJit>(scene.last), IsEmpty());
  EXPECT_EQ(scene.fleet.totals().ignored, 1U);
}

TEST(FleetTest, APreparedRunnerWaitsForItsTurnWithoutADeadline) {
  Options options = limits(0, 100);
  options.parallel_starts = 1;
  Scene scene(options);
  scene.tell(assigned(2));
  auto const asked = names<RequestJit>(scene.prepare());
  ASSERT_THAT(asked, SizeIs(1));
  scene.tell(JitReady{asked[0], RunnerId{1}});
  auto const second = names<RequestJit>(scene.last);
  ASSERT_THAT(second, SizeIs(1));
  scene.tell(Prepared{second[0]});
  EXPECT_EQ(scene.fleet.totals().ignored, 1U) << "it has been prepared already";
}

TEST(FleetTest, NeverRepeatsAFailedCallUnderTheSameName) {
  Scene scene;
  auto const name = scene.asked();
  scene.tell(JitFailed{name, failure(false)});
  EXPECT_THAT(names<ForgetRunner>(scene.last), ElementsAre(name))
      << "the request was not sent, so nothing can be left of it";
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("the service could not be asked"));
  EXPECT_THAT(names<PrepareInstance>(scene.last), IsEmpty())
      << "the next call waits for the backoff";
  ASSERT_TRUE(scene.fleet.next_deadline());
  scene.now = *scene.fleet.next_deadline();
  auto const next = names<PrepareInstance>(scene.tell(Tick{}));
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_NE(next.front(), name);
}

TEST(FleetTest, LooksUpTheNameOfACallWhoseAnswerWasLost) {
  Scene scene;
  auto const name = scene.asked();
  scene.tell(JitFailed{name, failure(true)});
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("the service gave no JIT"));
  EXPECT_EQ(scene.state(name), RunnerState::cleaning);
  auto const removals = only<RemoveRegistration>(scene.wait(seconds(30)));
  ASSERT_THAT(removals, SizeIs(1));
  EXPECT_EQ(removals[0].name, name);
  EXPECT_FALSE(removals[0].id);
  EXPECT_THAT(names<ForgetRunner>(scene.tell(RegistrationRemoved{name})), ElementsAre(name));
}

TEST(FleetTest, AnUnansweredCallCountsAsFailed) {
  Scene scene;
  auto const name = scene.asked();
  scene.wait(minutes(3));
  EXPECT_EQ(scene.state(name), RunnerState::cleaning);
  EXPECT_EQ(scene.fleet.totals().jit_failures, 1U);
  scene.tell(JitReady{name, RunnerId{7}});
  EXPECT_THAT(names<StartInstance>(scene.last), IsEmpty());
  auto const removals = only<RemoveRegistration>(scene.wait(seconds(30)));
  ASSERT_THAT(removals, SizeIs(1));
  EXPECT_EQ(removals[0].id, RunnerId{7}) << "the late answer had its id";
}

TEST(FleetTest, ALateAnswerForAForgottenNameIsCleanedUp) {
  Scene scene;
  scene.tell(JitReady{"runner-old", RunnerId{7}});
  EXPECT_THAT(names<StartInstance>(scene.last), IsEmpty());
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre("runner-old"));
}

TEST(FleetTest, TriesOneCallAtATimeWhileTheServiceFails) {
  Scene scene(limits(0, 100));
  scene.tell(assigned(20));
  auto const first = names<RequestJit>(scene.prepare());
  ASSERT_THAT(first, SizeIs(8));
  for (auto const& name : first) scene.tell(JitFailed{name, failure(false)});
  scene.now = scene.fleet.next_deadline().value();
  auto const probe = names<RequestJit>(scene.tell(Tick{}));
  ASSERT_THAT(probe, SizeIs(1));
  EXPECT_THAT(names<RequestJit>(scene.tell(JitReady{probe[0], RunnerId{1}})), SizeIs(8));
}

TEST(FleetTest, HonoursRetryAfter) {
  Scene scene;
  Error limited(ErrorCode::rate_limited, "too many runners within a short time window");
  limited.retry_after = seconds(75);
  scene.tell(JitFailed{scene.asked(), limited});
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("too many runners"));
  EXPECT_THAT(names<PrepareInstance>(scene.wait(seconds(74))), IsEmpty());
  EXPECT_THAT(names<PrepareInstance>(scene.wait(seconds(1))), SizeIs(1));
}

TEST(FleetTest, ARunnerThatMissesItsDeadlineIsReplacedAndRemovedBeforeItIsStopped) {
  Scene scene;
  auto const name = scene.starting();
  scene.wait(minutes(5));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
  EXPECT_THAT(names<StopInstance>(scene.last), IsEmpty());
  EXPECT_THAT(names<PrepareInstance>(scene.end_pause()), SizeIs(1));
  scene.tell(RegistrationRemoved{name});
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(3))), ElementsAre(name));
  EXPECT_THAT(names<ForgetRunner>(scene.tell(exited(name, 0))), ElementsAre(name));
}

TEST(FleetTest, ALostRunnerThatTurnsOutToBeBusyIsKept) {
  Scene scene;
  auto const name = scene.starting();
  scene.wait(minutes(5));
  scene.tell(RemovalRefused{name});
  EXPECT_EQ(scene.state(name), RunnerState::busy);
}

TEST(FleetTest, ALostRunnerThatRegistersLateIsUsedIfThereIsRoom) {
  Scene scene;
  for (int i = 0; i < 5; ++i) scene.starting();
  scene.wait(minutes(5));
  ASSERT_EQ(scene.fleet.counts().lost, 1) << "only four are retired at the same time";
  EXPECT_EQ(scene.fleet.totals().lost, 5U);
  for (auto const& [name, runner] : Runners(scene.fleet.runners())) {
    if (runner.state == RunnerState::lost) scene.tell(registered(name));
  }
  EXPECT_EQ(scene.fleet.counts().lost, 0);
  EXPECT_EQ(scene.fleet.counts().idle, 1);
}

TEST(FleetTest, AnInstanceThatEndsBeforeItHasRegisteredIsAFailureWhateverItsCode) {
  Scene scene;
  auto const name = scene.starting();
  scene.tell(exited(name, 0));
  EXPECT_EQ(scene.fleet.totals().start_failures, 1U);
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("exit code 0"));
  EXPECT_THAT(names<PrepareInstance>(scene.end_pause()), SizeIs(1)) << "it is replaced";
}

TEST(FleetTest, AnInstanceThatEndsWithAnErrorIsAFailureAfterItHasRegisteredAsWell) {
  Scene scene;
  auto const name = scene.idle();
  scene.tell(exited(name, 1));
  EXPECT_EQ(scene.fleet.totals().start_failures, 1U);
  EXPECT_THAT(names<LookUpRegistration>(scene.last), IsEmpty());
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
}

TEST(FleetTest, AnInstanceTheBackendCannotStartIsReplacedUnderANewName) {
  Scene scene;
  auto const name = scene.asked();
  scene.tell(JitReady{name, RunnerId{4}});
  scene.tell(InstanceFailed{name, "no space left on device"});
  EXPECT_EQ(scene.fleet.totals().start_failures, 1U);
  auto const removals = only<RemoveRegistration>(scene.last);
  ASSERT_THAT(removals, SizeIs(1));
  EXPECT_EQ(removals[0].id, RunnerId{4});
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("no space left"));
}

// Jobs

TEST(FleetTest, AnySignOfAJobMakesARunnerBusy) {
  Scene scene;
  auto const first = scene.idle();
  scene.tell(started(first, RunnerId{1}));
  EXPECT_EQ(scene.state(first), RunnerState::busy);
  auto const second = scene.starting();
  scene.tell(InstanceBusy{second});
  EXPECT_EQ(scene.state(second), RunnerState::busy);
  auto const third = scene.starting();
  scene.tell(started("", RunnerId{3}));
  EXPECT_EQ(scene.state(third), RunnerState::busy) << "it is found by its id";
}

TEST(FleetTest, MessagesAboutUnknownRunnersAreCounted) {
  Scene scene;
  scene.tell(started("stranger", RunnerId{9}));
  scene.tell(completed("stranger", "succeeded"));
  scene.tell(completed("", "canceled"));
  EXPECT_THAT(scene.last, IsEmpty());
  EXPECT_EQ(scene.fleet.totals().unknown_job_started, 1U);
  EXPECT_EQ(scene.fleet.totals().unmatched_job_completed, 2U);
}

TEST(FleetTest, ACompletedJobNeverKillsAndTheExitNeedsNoCall) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(assigned(0));
  scene.tell(completed(name, "succeeded"));
  EXPECT_EQ(scene.state(name), RunnerState::finishing);
  EXPECT_THAT(names<StopInstance>(scene.last), IsEmpty());
  scene.tell(exited(name, 0));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), IsEmpty());
  EXPECT_THAT(names<ForgetRunner>(scene.last), ElementsAre(name));
  EXPECT_TRUE(scene.fleet.is_empty());
}

TEST(FleetTest, ARunnerThatDoesNotEndAfterItsJobIsStoppedOnlyWithoutAJobOnIt) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(completed(name, "succeeded"));
  scene.wait(seconds(60));
  EXPECT_THAT(names<StopInstance>(scene.last), IsEmpty()) << "it says itself that a job is running";
  scene.tell(InstanceIdle{name});
  auto const stops = only<StopInstance>(scene.wait(seconds(60)));
  ASSERT_THAT(stops, SizeIs(1));
  EXPECT_EQ(stops[0].mode, StopMode::graceful);
  auto const forced = only<StopInstance>(scene.wait(seconds(30)));
  ASSERT_THAT(forced, SizeIs(1));
  EXPECT_EQ(forced[0].mode, StopMode::force);
}

TEST(FleetTest, ARunnerStoppedAfterItsJobMayHaveLeftItsRegistration) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(InstanceIdle{name});
  scene.wait(seconds(60));
  ASSERT_EQ(scene.state(name), RunnerState::stopping);
  scene.tell(exited(name, std::nullopt, "killed"));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
}

TEST(FleetTest, WithoutLocalEvidenceTheServiceIsAskedBeforeTheStop) {
  Scene scene;
  auto const name = scene.starting();
  scene.tell(started(name, RunnerId{1}));
  scene.tell(completed(name, "failed"));
  scene.wait(seconds(60));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
  EXPECT_THAT(names<StopInstance>(scene.last), IsEmpty());
  scene.tell(RemovalRefused{name});
  EXPECT_EQ(scene.state(name), RunnerState::finishing);
  scene.wait(seconds(30));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
  scene.tell(RegistrationRemoved{name});
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(3))), ElementsAre(name));
}

TEST(FleetTest, ACancelledJobThatNeverBeganReturnsTheRunner) {
  Scene scene;
  auto const name = scene.idle();
  scene.tell(started(name, RunnerId{1}));
  scene.tell(completed(name, "canceled"));
  EXPECT_EQ(scene.state(name), RunnerState::idle);
  scene.tell(InstanceBusy{name});
  EXPECT_EQ(scene.state(name), RunnerState::busy) << "it may take another job";
}

TEST(FleetTest, ARunnerWhoseJobWasCancelledIsReplacedIfItGetsNoOther) {
  Scene scene;
  auto const name = scene.idle();
  scene.tell(started(name, RunnerId{1}));
  scene.tell(completed(name, "canceled"));
  scene.wait(seconds(60));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
}

TEST(FleetTest, ACancelledJobDoesNotCancelAStartingRunner) {
  Scene scene;
  auto const name = scene.starting();
  scene.tell(assigned(0));
  scene.tell(completed("", "canceled"));
  EXPECT_EQ(scene.state(name), RunnerState::starting);
}

TEST(FleetTest, AJobThatEndedHereIsNotServedTwiceWhileItsMessageIsUnderWay) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(exited(name, 0));
  EXPECT_THAT(names<PrepareInstance>(scene.last), IsEmpty());
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(1))), IsEmpty());
  scene.tell(completed(name, "succeeded"));
  EXPECT_EQ(scene.fleet.totals().unmatched_job_completed, 0U);
  EXPECT_THAT(names<PrepareInstance>(scene.last), SizeIs(1))
      << "the job that is assigned now is another one";
}

TEST(FleetTest, ARunnerThatDiesWithItsJobLeavesARegistrationToRemove) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(exited(name, std::nullopt, "killed by signal 9"));
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("signal 9"));
  EXPECT_EQ(scene.fleet.totals().start_failures, 0U);
  scene.tell(RemovalRefused{name});
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(30))), ElementsAre(name));
  scene.wait(minutes(10));
  EXPECT_THAT(names<ForgetRunner>(scene.tell(RemovalRefused{name})), ElementsAre(name))
      << "it was given up, because there is no instance";
}

}  // namespace
}  // namespace scaleset::fleet
