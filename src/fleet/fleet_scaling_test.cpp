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
using ::testing::Not;
using testing::noticed;
using testing::only;
using testing::registered;
using testing::Scene;
using ::testing::SizeIs;
using testing::started;

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
  scene.tell(exited(name, 0));
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
  scene.tell(started(name, RunnerId{1}));
  ASSERT_EQ(scene.state(name), RunnerState::busy);
  scene.tell(completed(name, "canceled"));
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
  scene.tell(started(name, RunnerId{1}));
  EXPECT_EQ(scene.state(name), RunnerState::busy);
}

TEST(FleetScalingTest, ARunnerThatMayBeUnregisteredDoesNotCountAsReady) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.tell(RemovalFailed{name, failure(true)});
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(1))), SizeIs(1));
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
  scene.wait(minutes(20));
  EXPECT_EQ(scene.state(made[2]), RunnerState::idle);
}

TEST(FleetScalingTest, NothingIsSurplusWhileAJobWaits) {
  Scene scene;
  scene.idle();
  scene.idle();
  scene.tell(assigned(1));
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(minutes(4))), IsEmpty());
  EXPECT_EQ(scene.fleet.counts().idle, 2);
}

TEST(FleetScalingTest, SurplusRunnersGoAFewAtATimeAndWithoutABrake) {
  Scene scene(limits(0, 60));
  for (int i = 0; i < 60; ++i) scene.idle();
  scene.tell(assigned(0));
  auto removals = names<RemoveRegistration>(scene.wait(seconds(60)));
  for (int round = 0; round < 14; ++round) {
    ASSERT_THAT(removals, SizeIs(4));
    std::vector<std::string> next;
    for (auto const& name : removals) {
      for (auto& each : names<RemoveRegistration>(scene.tell(RegistrationRemoved{name})))
        next.push_back(std::move(each));
    }
    removals = std::move(next);
  }
  EXPECT_EQ(scene.fleet.counts().idle, 0);
}

// Limits, drain, adoption

TEST(FleetScalingTest, NewLimitsApplyAtOnce) {
  Scene scene(limits(0, 10));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(1))), SizeIs(1));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(OptionsChanged{limits(2, 10)})), SizeIs(2));
  EXPECT_THAT(noticed(scene.last, LogLevel::info), HasSubstr("starting"));
  auto const name = names<RequestJit>(scene.prepare()).front();
  scene.tell(OptionsChanged{limits(0, 0)});
  EXPECT_EQ(scene.fleet.capacity(), 0);
  scene.tell(JitReady{name, RunnerId{1}});
  EXPECT_THAT(names<StartInstance>(scene.last), IsEmpty()) << "there are more than the maximum now";
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre(name));
}

TEST(FleetScalingTest, OnlyNewLimitsAreWorthALine) {
  Scene scene(limits(1, 10));
  Options options = limits(1, 10);
  options.max_idle = minutes(5);
  scene.tell(OptionsChanged{options});
  EXPECT_THAT(only<Notice>(scene.last), IsEmpty());
  EXPECT_EQ(scene.fleet.options().max_idle, minutes(5));
  scene.tell(OptionsChanged{limits(-1, -5)});
  EXPECT_THAT(noticed(scene.last, LogLevel::info), HasSubstr("min_idle=0 min_total=0 max=0"));
  EXPECT_EQ(scene.fleet.options().min_idle, 0);
  EXPECT_EQ(scene.fleet.capacity(), 0);
}

TEST(FleetScalingTest, NumbersInALineStayNumbers) {
  Scene scene(limits(0, 10));
  scene.tell(assigned(3));
  auto const notices = only<Notice>(scene.last);
  ASSERT_THAT(notices, SizeIs(1));
  EXPECT_EQ(notices[0].fields.at(0),
            (std::pair<std::string, FieldValue>("count", std::int64_t{3})));
}

TEST(FleetScalingTest, ADrainLetsBusyRunnersFinishAndRemovesAllOthers) {
  Scene scene;
  auto const busy = scene.busy();
  std::vector<std::string> const others{scene.idle(), scene.idle(), scene.idle(), scene.idle(),
                                        scene.starting()};
  auto const asked = scene.asked();
  auto const planned = scene.planned();
  scene.tell(DrainRequested{});
  EXPECT_FALSE(scene.knows(planned)) << "it has asked for nothing";
  EXPECT_EQ(scene.fleet.capacity(), 0);
  EXPECT_THAT(names<RemoveRegistration>(scene.last), SizeIs(5))
      << "neither the brake nor their age keeps them";
  EXPECT_THAT(names<RemoveRegistration>(scene.tell(JitReady{asked, RunnerId{50}})),
              ElementsAre(asked));
  scene.tell(RegistrationRemoved{asked});
  for (auto const& name : others) scene.tell(RegistrationRemoved{name});
  EXPECT_THAT(names<StopInstance>(scene.wait(seconds(3))), SizeIs(5));
  for (auto const& name : others) scene.tell(exited(name, 0));
  EXPECT_FALSE(scene.fleet.is_empty());
  scene.tell(completed(busy, "succeeded"));
  scene.tell(exited(busy, 0));
  EXPECT_TRUE(scene.fleet.is_empty());
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(5))), IsEmpty())
      << "a drain is not undone";
}

TEST(FleetScalingTest, AdoptedRunnersCountAndDeadOnesAreCleanedUp) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::busy, true});
  scene.tell(Adopted{"b", RunnerId{2}, {}, "12", RunnerState::idle, true});
  scene.tell(Adopted{"c", RunnerId{3}, {}, "13", RunnerState::planned, true});
  scene.tell(Adopted{"d", RunnerId{4}, {}, "14", RunnerState::stopping, true});
  EXPECT_THAT(names<RemoveRegistration>(scene.last), ElementsAre("d"));
  scene.tell(Adopted{"e", std::nullopt, {}, "", RunnerState::planned, false});
  EXPECT_THAT(names<RemoveRegistration>(scene.last), IsEmpty())
      << "the service may still be working on its call";
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(seconds(30))), ElementsAre("e"));
  EXPECT_EQ(scene.fleet.counts().useful(), 3);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(3))), IsEmpty());
  EXPECT_EQ(scene.state("c"), RunnerState::starting);
}

TEST(FleetScalingTest, LeftoverRegistrationsAreRemovedAFewAtATime) {
  Scene scene;
  for (char name = 'a'; name < 'j'; ++name) {
    scene.tell(Adopted{std::string(1, name), RunnerId{name}, {}, "", RunnerState::busy, false});
  }
  int asked = 0;
  for (auto const& [name, runner] : scene.fleet.runners()) asked += runner.awaiting_removal ? 1 : 0;
  EXPECT_EQ(asked, 4);
  EXPECT_THAT(names<RemoveRegistration>(scene.tell(RegistrationRemoved{"a"})), SizeIs(1));
}

// Spare runners

TEST(FleetSpareTest, ASpareIsStartedWhenAJobIsTakenAndNotWhenItEnds) {
  Scene scene(limits(1, 10));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(0))), SizeIs(1));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(1))), SizeIs(1));
  EXPECT_EQ(scene.fleet.target(), 2);
}

TEST(FleetSpareTest, AShareOfTheBusyRunnersIsKeptIdle) {
  Options options = limits(0, 20);
  options.idle_factor = 0.5;
  Scene scene(options);
  for (int i = 0; i < 3; ++i) scene.busy();
  EXPECT_EQ(scene.fleet.spare_wanted(), 2);
  EXPECT_EQ(scene.fleet.target(), 5);
  EXPECT_EQ(scene.fleet.counts().useful(), 5);
}

TEST(FleetSpareTest, TheLeastTotalIsStartedWithoutJobs) {
  Options options = limits(0, 10);
  options.min_total = 4;
  Scene scene(options);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(0))), SizeIs(4));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(3))), IsEmpty());
}

TEST(FleetSpareTest, StartsStopWhenTwiceTheMaximumMayHaveAnInstance) {
  Scene scene(limits(0, 2));
  for (int i = 0; i < 3; ++i) {
    auto const name = scene.busy();
    auto message = assigned(--scene.jobs);
    message.completed.push_back(testing::job_completed(name));  // it runs on here
    scene.tell(message);
  }
  ASSERT_EQ(scene.fleet.counts().finishing, 3);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(2))), SizeIs(1));
  EXPECT_EQ(scene.fleet.counts().instances(), 4);
}

TEST(FleetSpareTest, ACancelledJobWithoutARunnerKeepsOneForTenMinutes) {
  Scene scene;
  scene.idle();
  scene.idle();
  auto message = assigned(0);
  message.completed.push_back(testing::job_completed("", "canceled"));
  scene.tell(message);
  EXPECT_THAT(names<RemoveRegistration>(scene.wait(minutes(1))), SizeIs(1));
  EXPECT_EQ(scene.fleet.counts().idle, 1);
  scene.wait(minutes(9) - seconds(1));
  EXPECT_EQ(scene.fleet.counts().idle, 1);
  scene.wait(seconds(1));
  EXPECT_EQ(scene.fleet.counts().idle, 0);
}

TEST(FleetSpareTest, ARunnerThatIsBeingPreparedIsKeptAsWell) {
  Scene scene;
  auto const name = scene.planned();
  auto message = assigned(0);
  message.completed.push_back(testing::job_completed("", "canceled"));
  scene.tell(message);
  EXPECT_THAT(names<RequestJit>(scene.tell(Prepared{name})), ElementsAre(name));
}

TEST(FleetSpareTest, ThatAHeldJobWasCancelledKeepsNobody) {
  Scene scene;
  auto const name = scene.idle();
  auto message = testing::started(name);
  message.started.front().job.job_id = "7";
  scene.tell(message);
  scene.tell(exited(name, 1));
  auto end = completed("", "canceled");
  end.completed.front().job.job_id = "7";
  scene.tell(end);
  auto const other = scene.planned();
  scene.tell(assigned(0));
  EXPECT_THAT(names<ForgetRunner>(scene.tell(Prepared{other})), ElementsAre(other));
}

TEST(FleetSpareTest, NoMoreAreKeptThanThereMayBe) {
  Scene scene(limits(0, 1));
  for (int i = 0; i < 3; ++i) {
    scene.tell(completed("", "canceled"));
    scene.now += minutes(1);
  }
  scene.idle();
  scene.tell(assigned(0));
  scene.wait(minutes(9) - seconds(1));
  EXPECT_EQ(scene.fleet.counts().idle, 1) << "the last of them counts";
  scene.wait(seconds(1));
  EXPECT_EQ(scene.fleet.counts().idle, 0);
}

TEST(FleetSpareTest, OnlyACancelledJobIsExpectedAgain) {
  Scene scene;
  scene.idle();
  auto message = assigned(0);
  message.completed.push_back(testing::job_completed("", "failed"));
  scene.tell(message);
  scene.wait(minutes(1));
  EXPECT_EQ(scene.fleet.counts().idle, 0);
}

// Another scale set

class AnotherScaleSetTest : public ::testing::Test {
 protected:
  AnotherScaleSetTest() { scene_.tell(ScaleSetKnown{ScaleSetId{1}}); }
  Scene scene_;
};

TEST_F(AnotherScaleSetTest, RunnersKnowTheirScaleSet) {
  auto const name = scene_.idle();
  EXPECT_EQ(scene_.runner(name).scale_set, ScaleSetId{1});
  scene_.tell(ScaleSetKnown{ScaleSetId{1}});
  EXPECT_FALSE(scene_.runner(name).condemned);
}

TEST_F(AnotherScaleSetTest, APlannedRunnerIsOfTheOneThatIsServedWhenItAsks) {
  auto const planned = names<PrepareInstance>(scene_.tell(assigned(1)));
  ASSERT_THAT(planned, SizeIs(1));
  EXPECT_EQ(scene_.runner(planned[0]).scale_set, ScaleSetId{1})
      << "its row needs no other commit before the call";
  scene_.tell(ScaleSetKnown{ScaleSetId{2}});
  EXPECT_EQ(scene_.runner(planned[0]).scale_set, ScaleSetId{2});
  EXPECT_FALSE(scene_.runner(planned[0]).condemned);
}

TEST_F(AnotherScaleSetTest, RunnersOfTheOldOneAreReplacedAndOnlyBusyOnesFinish) {
  auto const busy = scene_.busy();
  auto const idle = scene_.idle();
  auto const starting = scene_.starting();
  auto const asked = scene_.asked();
  scene_.tell(ScaleSetKnown{ScaleSetId{2}});
  EXPECT_THAT(names<RemoveRegistration>(scene_.last),
              ::testing::UnorderedElementsAre(idle, starting));
  EXPECT_FALSE(scene_.fleet.target()) << "the numbers were those of the old one";
  EXPECT_EQ(scene_.fleet.counts().useful(), 0);
  EXPECT_EQ(scene_.fleet.counts().condemned, 2);
  EXPECT_THAT(names<StartInstance>(scene_.tell(JitReady{asked, RunnerId{70}})), IsEmpty());
  EXPECT_THAT(names<PrepareInstance>(scene_.tell(assigned(1))), SizeIs(1));
  EXPECT_EQ(scene_.state(busy), RunnerState::busy);
  scene_.tell(InstanceIdle{busy});
  EXPECT_EQ(scene_.fleet.held(), 0) << "its job was never one of the new scale set";
  scene_.tell(exited(busy, 0));
  EXPECT_FALSE(scene_.knows(busy));
}

TEST_F(AnotherScaleSetTest, ANewOneMayHaveTheIdOfTheOldOne) {
  auto const dead = scene_.busy();
  auto const busy = scene_.busy();
  auto const idle = scene_.idle();
  auto const planned = names<PrepareInstance>(scene_.tell(assigned(4, 2)));
  ASSERT_THAT(planned, SizeIs(1));
  scene_.tell(exited(dead, std::nullopt, "killed"));
  ASSERT_EQ(scene_.fleet.held(), 1);
  scene_.tell(ScaleSetKnown{ScaleSetId{1}, true});
  EXPECT_EQ(scene_.fleet.held(), 0) << "its job was one of the old scale set";
  EXPECT_TRUE(scene_.runner(busy).condemned);
  EXPECT_TRUE(scene_.runner(idle).condemned);
  EXPECT_FALSE(scene_.runner(planned[0]).condemned);
  scene_.tell(ScaleSetKnown{ScaleSetId{1}});
  EXPECT_TRUE(scene_.runner(busy).condemned) << "also when the new one is found again";
  EXPECT_FALSE(scene_.runner(planned[0]).condemned);
}

TEST_F(AnotherScaleSetTest, TheyGoAFewAtATimeAndWithoutTheBrake) {
  for (int i = 0; i < 6; ++i) scene_.idle();
  scene_.tell(ScaleSetKnown{ScaleSetId{2}});
  auto const first = names<RemoveRegistration>(scene_.last);
  ASSERT_THAT(first, SizeIs(4));
  EXPECT_THAT(names<RemoveRegistration>(scene_.tell(RegistrationRemoved{first[0]})), SizeIs(1));
}

TEST_F(AnotherScaleSetTest, AdoptedRunnersAreOursIfTheirScaleSetIsNotKnown) {
  scene_.tell(Adopted{"a", RunnerId{1}, ScaleSetId{1}, "1", RunnerState::idle, true});
  scene_.tell(Adopted{"b", RunnerId{2}, ScaleSetId{7}, "2", RunnerState::idle, true});
  scene_.tell(Adopted{"c", RunnerId{3}, {}, "3", RunnerState::idle, true});
  EXPECT_EQ(scene_.fleet.counts().idle, 2);
  EXPECT_TRUE(scene_.runner("b").condemned);
  EXPECT_EQ(scene_.state("b"), RunnerState::retiring);
}

TEST(FleetScaleSetTest, AdoptedRunnersAreJudgedWhenTheScaleSetIsKnown) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, ScaleSetId{7}, "1", RunnerState::idle, true});
  EXPECT_FALSE(scene.runner("a").condemned);
  scene.tell(ScaleSetKnown{ScaleSetId{8}});
  EXPECT_EQ(scene.state("a"), RunnerState::retiring);
}

// What the log says about the maximum.

TEST(MaximumTest, IsToldOfWhenItHasBeenReachedForAMinuteAndWhenItIsOver) {
  Scene scene(limits(0, 2));
  scene.tell(assigned(2));
  EXPECT_THAT(noticed(scene.wait(seconds(59)), LogLevel::info), Not(HasSubstr("maximum")));
  EXPECT_THAT(noticed(scene.wait(seconds(1)), LogLevel::info), HasSubstr("others wait max=2"));
  EXPECT_THAT(noticed(scene.wait(minutes(10)), LogLevel::info), Not(HasSubstr("maximum")));
  EXPECT_THAT(noticed(scene.tell(assigned(1)), LogLevel::info), HasSubstr("fewer jobs than"));
  EXPECT_THAT(noticed(scene.tell(assigned(1)), LogLevel::info), Not(HasSubstr("maximum")));
}

TEST(MaximumTest, IsNotToldOfIfItIsOverSoon) {
  Scene scene(limits(0, 1));
  for (int i = 0; i < 5; ++i) {
    scene.tell(assigned(1));
    scene.wait(seconds(50));
    EXPECT_THAT(noticed(scene.tell(assigned(0)), LogLevel::info), Not(HasSubstr("maximum")));
  }
}

TEST(MaximumTest, IsWarnedOfOnceIfItIsZero) {
  Scene scene(limits(0, 0));
  EXPECT_THAT(noticed(scene.tell(Tick{}), LogLevel::warn), IsEmpty());
  EXPECT_THAT(noticed(scene.tell(assigned(0)), LogLevel::warn), HasSubstr("is 0: no job is taken"));
  EXPECT_THAT(noticed(scene.tell(assigned(0)), LogLevel::warn), IsEmpty());
  scene.tell(OptionsChanged{limits(0, 1)});
  scene.tell(OptionsChanged{limits(0, 0)});
  EXPECT_THAT(noticed(scene.last, LogLevel::warn), HasSubstr("is 0: no job is taken"));
}

}  // namespace
}  // namespace scaleset::fleet
