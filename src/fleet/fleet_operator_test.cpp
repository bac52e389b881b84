#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// What an operator asks for: to pause, to drain, to add and to retire runners.
namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::assigned;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::limits;
using testing::names;
using testing::registered;
using testing::Scene;
using ::testing::SizeIs;

SuspensionChanged paused() { return {Suspension::paused}; }
SuspensionChanged drained() { return {Suspension::drained}; }
SuspensionChanged resumed() { return {Suspension::none}; }

TEST(Suspension, TheNamesComeBack) {
  for (auto const one : {Suspension::none, Suspension::paused, Suspension::drained})
    EXPECT_EQ(parse_suspension(to_string(one)), one);
  EXPECT_EQ(parse_suspension("stopped"), std::nullopt);
}

TEST(PausedFleet, StartsNothingAndAdvertisesNothing) {
  Scene scene(limits(0, 4));
  scene.tell(paused());
  EXPECT_EQ(scene.fleet.suspension(), Suspension::paused);
  EXPECT_EQ(scene.fleet.capacity(), 0);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(3))), IsEmpty());
  EXPECT_THAT(names<PrepareInstance>(scene.wait(minutes(10))), IsEmpty());
  EXPECT_EQ(scene.fleet.target(), 0);
}

TEST(PausedFleet, GoesOnWhenItIsResumed) {
  Scene scene(limits(0, 4));
  scene.tell(paused());
  scene.tell(assigned(3));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(resumed())), SizeIs(3));
  EXPECT_EQ(scene.fleet.capacity(), 4);
}

TEST(PausedFleet, WhatIsBeingStartedIsGivenUpAndWhatRunsStays) {
  Scene scene(limits(0, 10));
  auto const busy = scene.busy();
  auto const idle = scene.idle();
  auto const starting = scene.starting();
  auto const asked = scene.asked();
  auto const planned = scene.planned();
  scene.tell(paused());
  scene.tell(Prepared{planned});
  EXPECT_THAT(names<RequestJit>(scene.last), IsEmpty());
  EXPECT_FALSE(scene.knows(planned));
  scene.tell(JitReady{asked, RunnerId{300}});
  EXPECT_THAT(names<StartInstance>(scene.last), IsEmpty());
  EXPECT_EQ(scene.state(asked), RunnerState::cleaning);
  scene.tell(registered(starting));
  EXPECT_EQ(scene.state(starting), RunnerState::idle);
  EXPECT_EQ(scene.state(idle), RunnerState::idle);
  EXPECT_EQ(scene.state(busy), RunnerState::busy);
  scene.tell(InstanceBusy{idle});
  EXPECT_EQ(scene.state(idle), RunnerState::busy) << "it takes a job that is assigned already";
}

TEST(PausedFleet, IdleRunnersThatNobodyNeedsGoAsAlways) {
  Scene scene(limits(0, 4));
  auto const spare = scene.spare();
  scene.tell(paused());
  EXPECT_EQ(scene.state(spare), RunnerState::retiring);
}

TEST(PausedFleet, KeepsItsMinimumAndReplacesNone) {
  Scene scene(limits(1, 4));
  auto const idle = scene.idle();
  scene.tell(assigned(0));
  scene.tell(paused());
  scene.wait(minutes(5));
  EXPECT_EQ(scene.state(idle), RunnerState::idle);
  scene.tell(testing::exited(idle, 1, "broken"));
  EXPECT_THAT(names<PrepareInstance>(scene.wait(minutes(5))), IsEmpty());
}

TEST(PausedFleet, NoRunnerIsTriedWhileItIsParked) {
  Scene scene(limits(1, 4));
  scene.tell(testing::exited(scene.idle(), 7, "", ExitCause::version_refused, "2.330.0"));
  scene.tell(paused());
  EXPECT_THAT(names<PrepareInstance>(scene.wait(minutes(30))), IsEmpty());
}

TEST(DrainedFleet, RemovesIdleRunnersAndWaitsForBusyOnes) {
  Scene scene(limits(2, 10));
  auto const busy = scene.busy();
  auto const idle = scene.idle();
  scene.tell(drained());
  EXPECT_EQ(scene.fleet.capacity(), 0);
  EXPECT_EQ(scene.state(idle), RunnerState::retiring) << "whatever its age";
  EXPECT_EQ(scene.state(busy), RunnerState::busy);
  scene.tell(RegistrationRemoved{idle});
  scene.tell(testing::completed(busy));
  scene.tell(testing::exited(busy, 0));
  scene.tell(testing::exited(idle, 0));
  scene.tell(assigned(5));
  EXPECT_THAT(names<PrepareInstance>(scene.last), IsEmpty());
}

TEST(DrainedFleet, CanBeResumedUnlikeOneWhoseAutoscalerEnds) {
  Scene scene(limits(0, 4));
  scene.tell(drained());
  scene.tell(assigned(2));
  EXPECT_THAT(names<PrepareInstance>(scene.tell(resumed())), SizeIs(2));
  scene.tell(DrainRequested{});
  scene.tell(resumed());
  EXPECT_EQ(scene.fleet.capacity(), 0);
}

TEST(DrainedFleet, ARunnerWithAJobInSecretStays) {
  Scene scene(limits(0, 4));
  auto const idle = scene.idle();
  scene.tell(drained());
  scene.tell(RemovalRefused{idle});
  EXPECT_EQ(scene.state(idle), RunnerState::busy);
}

// One runner more.

class AddedRunnerTest : public ::testing::Test {
 protected:
  AddedRunnerTest() { scene_.tell(assigned(0)); }
  std::string add() {
    EXPECT_TRUE(scene_.fleet.may_add());
    auto const planned = names<PrepareInstance>(scene_.tell(RunnerAdded{}));
    EXPECT_THAT(planned, SizeIs(1));
    return planned.empty() ? "" : planned[0];
  }
  std::string added_idle() {
    auto name = add();
    scene_.tell(Prepared{name});
    EXPECT_THAT(names<RequestJit>(scene_.last), ElementsAre(name)) << "no job needs it";
    scene_.tell(JitReady{name, RunnerId{400}});
    scene_.tell(InstanceStarted{name, "x"});
    scene_.tell(registered(name));
    return name;
  }
  std::string refusal() const {
    auto const may = scene_.fleet.may_add();
    if (may) return "";
    EXPECT_EQ(may.error().code, ErrorCode::conflict);
    return may.error().message;
  }
  void expect_refused(std::string const& why) {
    EXPECT_THAT(refusal(), HasSubstr(why));
    auto const ignored = scene_.fleet.totals().ignored;
    EXPECT_THAT(names<PrepareInstance>(scene_.tell(RunnerAdded{})), IsEmpty());
    EXPECT_EQ(scene_.fleet.totals().ignored, ignored + 1);
  }
  Scene scene_{limits(0, 2)};
};

TEST_F(AddedRunnerTest, StaysWithoutAJobUntilItIsIdleForTooLong) {
  auto const name = added_idle();
  EXPECT_EQ(scene_.fleet.target(), 1);
  scene_.wait(minutes(29));
  EXPECT_EQ(scene_.state(name), RunnerState::idle);
  scene_.wait(minutes(1));
  EXPECT_EQ(scene_.state(name), RunnerState::retiring);
  EXPECT_EQ(scene_.fleet.target(), 0);
  EXPECT_THAT(names<PrepareInstance>(scene_.last), IsEmpty()) << "it is not replaced";
}

TEST_F(AddedRunnerTest, IsOneOfManyOnceItHasAJob) {
  auto const name = added_idle();
  scene_.tell(InstanceBusy{name});
  scene_.tell(assigned(1, 1));
  EXPECT_EQ(scene_.fleet.target(), 1);
  EXPECT_EQ(scene_.fleet.counts().useful(), 1);
}

TEST_F(AddedRunnerTest, IsOneMoreThanJobsNeed) {
  added_idle();
  EXPECT_THAT(names<PrepareInstance>(scene_.tell(assigned(1))), SizeIs(1));
  EXPECT_EQ(scene_.fleet.target(), 2);
}

TEST_F(AddedRunnerTest, NeverBeyondTheMaximum) {
  add();
  add();
  expect_refused("the maximum is 2");
  EXPECT_EQ(scene_.fleet.capacity(), 2);
}

TEST_F(AddedRunnerTest, NotWhileNothingMayBeStarted) {
  scene_.tell(paused());
  expect_refused("the scale set is paused; resume it first");
  scene_.tell(resumed());
  scene_.tell(StartsHalted{true});
  expect_refused("the journal cannot be written");
  scene_.tell(StartsHalted{false});
  scene_.tell(RoomReported{0});
  expect_refused("no room");
  scene_.tell(RoomReported{std::nullopt});
  auto const name = add();
  scene_.tell(PrepareFailed{name, "no disk"});
  expect_refused("the last one failed: no disk");
  scene_.tell(DrainRequested{});
  expect_refused("the scale set is draining");
}

// With a budget.

TEST_F(AddedRunnerTest, TheBudgetIsAskedForItAndThenItIsStarted) {
  scene_.tell(ShareGiven{Share{0, 1}});
  EXPECT_EQ(scene_.fleet.wanted(), 0);
  EXPECT_EQ(refusal(), "");
  EXPECT_THAT(names<PrepareInstance>(scene_.tell(RunnerAdded{})), IsEmpty());
  EXPECT_EQ(scene_.fleet.wanted(), 1);
  EXPECT_EQ(scene_.fleet.needed(), 0) << "no job needs it";
  EXPECT_THAT(names<PrepareInstance>(scene_.tell(ShareGiven{Share{1, 1}})), SizeIs(1));
  EXPECT_EQ(scene_.fleet.wanted(), 1);
  EXPECT_THAT(names<PrepareInstance>(scene_.tell(ShareGiven{Share{2, 2}})), IsEmpty());
}

TEST_F(AddedRunnerTest, JobsAreGivenTheirPartFirst) {
  scene_.tell(ShareGiven{Share{0, 2}});
  scene_.tell(RunnerAdded{});
  scene_.tell(assigned(1));
  auto const first = names<PrepareInstance>(scene_.tell(ShareGiven{Share{1, 2}}));
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_FALSE(scene_.fleet.runners().at(first[0]).extra);
  auto const second = names<PrepareInstance>(scene_.tell(ShareGiven{Share{2, 2}}));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_TRUE(scene_.fleet.runners().at(second[0]).extra);
}

TEST_F(AddedRunnerTest, IsNotWantedAnyMoreWhenItIsWithdrawn) {
  scene_.tell(ShareGiven{Share{0, 1}});
  scene_.tell(RunnerAdded{});
  scene_.tell(AdditionWithdrawn{});
  EXPECT_EQ(scene_.fleet.wanted(), 0);
  EXPECT_THAT(names<PrepareInstance>(scene_.tell(ShareGiven{Share{2, 2}})), IsEmpty());
}

TEST_F(AddedRunnerTest, WhatStartsIsNotWithdrawn) {
  auto const name = add();
  scene_.tell(AdditionWithdrawn{});
  EXPECT_TRUE(scene_.knows(name));
  EXPECT_EQ(scene_.fleet.target(), 1);
}

TEST_F(AddedRunnerTest, ThoseThatTheBudgetIsAskedForCountForTheMaximum) {
  scene_.tell(ShareGiven{Share{0, 2}});
  scene_.tell(RunnerAdded{});
  scene_.tell(RunnerAdded{});
  expect_refused("the maximum is 2");
}

TEST_F(AddedRunnerTest, NotBeforeTheJobsAreKnown) {
  Scene unknown(limits(0, 2));
  EXPECT_THAT(unknown.fleet.may_add().error().message, HasSubstr("not served yet"));
}

TEST_F(AddedRunnerTest, NotWhileItIsParked) {
  scene_.tell(testing::exited(added_idle(), 7, "", ExitCause::version_refused, "2.330.0"));
  EXPECT_THAT(refusal(), HasSubstr("2.330.0"));
}

// One runner less.

class RetiredRunnerTest : public ::testing::Test {
 protected:
  ErrorCode refusal(std::string const& name) {
    auto const may = scene_.fleet.may_retire(name);
    if (may) return ErrorCode::cancelled;
    auto const before = scene_.fleet.runners().size();
    scene_.tell(RetirementRequested{name});
    EXPECT_THAT(names<RemoveRegistration>(scene_.last), IsEmpty());
    EXPECT_EQ(scene_.fleet.runners().size(), before);
    return may.error().code;
  }
  Scene scene_{limits(0, 10)};
};

TEST_F(RetiredRunnerTest, TheServiceIsAskedFirst) {
  auto const idle = scene_.idle();
  EXPECT_TRUE(scene_.fleet.may_retire(idle));
  scene_.tell(RetirementRequested{idle});
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), ElementsAre(idle));
  EXPECT_THAT(names<StopInstance>(scene_.last), IsEmpty());
  scene_.tell(RemovalRefused{idle});
  EXPECT_EQ(scene_.state(idle), RunnerState::busy);
  EXPECT_EQ(refusal(idle), ErrorCode::job_still_running);
}

TEST_F(RetiredRunnerTest, IsReplacedIfItIsNeeded) {
  auto const idle = scene_.idle();
  scene_.tell(RetirementRequested{idle});
  scene_.tell(RegistrationRemoved{idle});
  EXPECT_EQ(scene_.fleet.counts().useful(), 1) << "a job waits";
  EXPECT_THAT(names<StopInstance>(scene_.wait(seconds(3))), ElementsAre(idle));
}

TEST_F(RetiredRunnerTest, ABusyOneIsLeftAlone) {
  EXPECT_EQ(refusal(scene_.busy()), ErrorCode::job_still_running);
  auto const finishing = scene_.busy();
  scene_.tell(testing::completed(finishing));
  EXPECT_EQ(refusal(finishing), ErrorCode::job_still_running);
  auto const seen = scene_.idle();
  scene_.look(Activity::busy);
  EXPECT_EQ(refusal(seen), ErrorCode::job_still_running);
}

TEST_F(RetiredRunnerTest, OneThatIsNotThereOrOnItsWayIsRefused) {
  EXPECT_EQ(refusal("nobody"), ErrorCode::runner_not_found);
  EXPECT_EQ(refusal(scene_.asked()), ErrorCode::conflict);
  auto const idle = scene_.idle();
  scene_.tell(RetirementRequested{idle});
  EXPECT_EQ(refusal(idle), ErrorCode::conflict);
}

TEST_F(RetiredRunnerTest, OneThatIsBeingPreparedIsForgotten) {
  auto const planned = scene_.planned();
  scene_.tell(RetirementRequested{planned});
  EXPECT_FALSE(scene_.knows(planned));
}

}  // namespace
}  // namespace scaleset::fleet
