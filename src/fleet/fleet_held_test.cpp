#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// Jobs whose runner has ended before the service said so, and whole messages.
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
using testing::job_completed;
using testing::job_started;
using testing::limits;
using testing::names;
using testing::noticed;
using testing::only;
using testing::Scene;
using ::testing::SizeIs;
using testing::started;

TEST(FleetHeldTest, DeadBusyRunnersStartNoReplacementAndBlockNothing) {
  Scene scene(limits(0, 6));
  std::vector<std::string> dead;
  dead.reserve(4);
  for (int i = 0; i < 4; ++i) dead.push_back(scene.busy());
  scene.tell(assigned(4, 4));
  for (auto const& name : dead) scene.tell(exited(name, std::nullopt, "killed"));
  EXPECT_EQ(scene.fleet.held(), 4);
  EXPECT_EQ(scene.fleet.target(), 0);
  EXPECT_EQ(scene.fleet.counts().useful(), 0);
  EXPECT_EQ(scene.fleet.capacity(), 10) << "the service still counts the four";
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(6, 4))), SizeIs(2))
      << "the two new jobs get their runners";
}

TEST(FleetHeldTest, TheCompletionEndsIt) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(exited(name, std::nullopt, "killed"));
  EXPECT_THAT(names<PrepareInstance>(scene.last), IsEmpty());
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(1))), IsEmpty());
  scene.tell(completed(name));
  EXPECT_EQ(scene.fleet.held(), 0);
  EXPECT_EQ(scene.fleet.totals().unmatched_job_completed, 0U);
  EXPECT_THAT(names<PrepareInstance>(scene.last), SizeIs(1))
      << "the job that is assigned now is another one";
}

TEST(FleetHeldTest, TheCompletionOfTheSameJobEndsItWithoutTheRunnersName) {
  Scene scene;
  auto const name = scene.idle();
  auto message = started(name);
  message.started.front().job.job_id = "42";
  scene.tell(message);
  scene.tell(exited(name, 137));
  ASSERT_EQ(scene.fleet.held(), 1);
  auto end = completed("", "failed");
  end.completed.front().job.job_id = "42";
  scene.tell(end);
  EXPECT_EQ(scene.fleet.held(), 0);
}

TEST(FleetHeldTest, AnUnexplainedDropOfTheRunningJobsEndsTheOldest) {
  Scene scene;
  auto const first = scene.busy();
  auto const second = scene.busy();
  auto const third = scene.busy();
  scene.tell(assigned(3, 3));
  scene.tell(exited(first, 1));
  scene.tell(exited(second, 1));
  ASSERT_EQ(scene.fleet.held(), 2);
  auto explained = assigned(2, 2);
  explained.completed.push_back(job_completed(third));
  scene.tell(explained);
  EXPECT_EQ(scene.fleet.held(), 2) << "the completion explains the drop";
  scene.tell(assigned(1, 1));
  EXPECT_EQ(scene.fleet.held(), 1);
  scene.tell(completed(second));
  EXPECT_EQ(scene.fleet.held(), 0) << "the older one had been released";
}

TEST(FleetHeldTest, TheCompletionsOfAMessageGoBeforeItsUnexplainedDrop) {
  Scene scene;
  auto const first = scene.busy();
  auto const second = scene.busy();
  scene.tell(assigned(2, 2));
  scene.tell(exited(first, 1));
  scene.tell(exited(second, 1));
  auto both = assigned(0, 0);
  both.completed.push_back(job_completed(first));
  scene.tell(both);
  EXPECT_EQ(scene.fleet.held(), 0) << "one is completed, and one is gone without a word";
}

TEST(FleetHeldTest, ACompletionOfAJobWithoutARunnerExplainsNoDrop) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(assigned(2, 1));
  scene.tell(exited(name, 1));
  auto message = assigned(0, 0);
  message.completed.push_back(job_completed("", "canceled"));
  scene.tell(message);
  EXPECT_EQ(scene.fleet.held(), 0);
}

TEST(FleetHeldTest, TimeEndsIt) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(InstanceIdle{name});
  EXPECT_EQ(scene.fleet.held(), 1) << "its local end is enough";
  scene.tell(exited(name, 0));
  EXPECT_EQ(scene.fleet.held(), 1);
  EXPECT_EQ(scene.fleet.target(), 0);
  EXPECT_EQ(scene.fleet.next_deadline(), scene.now + minutes(15));
  EXPECT_THAT(names<PrepareInstance>(scene.wait(minutes(15))), SizeIs(1));
  EXPECT_EQ(scene.fleet.totals().held_expired, 1U);
  EXPECT_THAT(noticed(scene.last, LogLevel::info), HasSubstr("starting runners"));
}

TEST(FleetHeldTest, AJobThatTheServiceHasCompletedIsNotHeld) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(completed(name));
  scene.tell(InstanceIdle{name});
  scene.tell(exited(name, 0));
  EXPECT_EQ(scene.fleet.held(), 0);
}

TEST(FleetHeldTest, ARunnerThatWasOnlyThoughtToBeBusyCountsToo) {
  Scene scene;
  auto const name = scene.spare();
  scene.tell(Tick{});
  scene.tell(RemovalRefused{name});
  scene.tell(exited(name, 0));
  EXPECT_EQ(scene.fleet.held(), 1);
}

TEST(FleetHeldTest, TheJobOfABusyRunnerThatDiedWithTheEarlierProcessIsHeld) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::busy, false});
  scene.tell(Adopted{"b", RunnerId{2}, {}, "12", RunnerState::idle, false});
  EXPECT_EQ(scene.fleet.held(), 1);
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(1, 1))), IsEmpty());
}

TEST(FleetHeldTest, ARunnerThatDiedWithItsJobWhileNobodyWatchedIsTold) {
  Adopted dead{"a", RunnerId{1}, {}, "11", RunnerState::busy, false};
  dead.job.emplace();
  dead.job->job_id = "j-1";
  dead.job->job_display_name = "build";
  dead.job->owner = "octo";
  dead.job->repository = "app";
  dead.said_goodbye = false;
  Scene scene;
  EXPECT_EQ(noticed(scene.tell(dead), LogLevel::warn),
            "a runner died in the middle of its job while scaleset did not run runner=a job=build "
            "job_id=j-1 repository=octo/app");
  dead.said_goodbye.reset();
  dead.job.reset();
  Scene unclear;
  EXPECT_EQ(noticed(unclear.tell(dead), LogLevel::warn),
            "a runner that had a job is gone; it ended while scaleset did not run runner=a");
}

TEST(FleetHeldTest, ARunnerThatFinishedItsJobWhileNobodyWatchedIsNoCauseForAlarm) {
  Adopted done{"a", RunnerId{1}, {}, "11", RunnerState::busy, false};
  done.said_goodbye = true;
  Scene scene;
  EXPECT_EQ(noticed(scene.tell(done), LogLevel::warn), "");
  EXPECT_THAT(noticed(scene.last, LogLevel::info), ::testing::HasSubstr("is gone"));
}

TEST(FleetHeldTest, AJobThatEndedWhileNobodyListenedIsNotHeld) {
  Scene scene;
  scene.tell(Adopted{"a", RunnerId{1}, {}, "11", RunnerState::busy, false});
  scene.tell(Adopted{"b", RunnerId{2}, {}, "12", RunnerState::busy, false});
  scene.tell(Adopted{"c", RunnerId{3}, {}, "13", RunnerState::busy, true});
  ASSERT_EQ(scene.fleet.held(), 2);
  scene.tell(assigned(4, 2));
  EXPECT_EQ(scene.fleet.held(), 1) << "the other running job is that of the living runner";
  EXPECT_THAT(names<PrepareInstance>(scene.last), SizeIs(2));
}

// Messages

TEST(FleetMessageTest, StatisticsComeFirstThenStartsThenCompletions) {
  Scene scene;
  auto const name = scene.idle();
  auto message = assigned(0, 0);
  message.started.push_back(job_started(name));
  message.completed.push_back(job_completed(name));
  scene.tell(message);
  EXPECT_EQ(scene.state(name), RunnerState::finishing);
  EXPECT_EQ(scene.fleet.held(), 0);
  EXPECT_THAT(names<PrepareInstance>(scene.last), IsEmpty());
}

TEST(FleetMessageTest, WithoutStatisticsTheLastOnesStay) {
  Scene scene;
  auto const name = scene.idle();
  scene.tell(started(name));
  EXPECT_EQ(scene.fleet.target(), 1);
}

TEST(FleetMessageTest, ARunnerKnowsItsJobUntilItIsForgotten) {
  Scene scene;
  auto const name = scene.idle();
  EXPECT_FALSE(scene.runner(name).job);
  auto message = started(name);
  message.started.front().job.job_display_name = "build";
  message.started.front().job.workflow_run_id = 77;
  scene.tell(message);
  scene.tell(completed(name));
  ASSERT_TRUE(scene.runner(name).job);
  EXPECT_EQ(scene.runner(name).job->job_display_name, "build");
  EXPECT_EQ(scene.runner(name).job->workflow_run_id, 77);
}

TEST(FleetMessageTest, ACompletionTellsOfTheJobIfNothingElseDid) {
  Scene scene;
  auto const name = scene.busy();
  auto message = completed(name);
  message.completed.front().job.job_id = "9";
  scene.tell(message);
  EXPECT_EQ(scene.runner(name).job.value().job_id, "9");
}

TEST(FleetMessageTest, ACompletionFindsItsRunnerById) {
  Scene scene;
  auto const name = scene.busy();
  auto message = completed("");
  message.completed.front().runner = scene.runner(name).id.value();
  scene.tell(message);
  EXPECT_EQ(scene.state(name), RunnerState::finishing);
}

TEST(FleetHeldTest, WhatAnEarlierProcessHasHeldAsksForNoRunner) {
  Scene scene(limits(0, 4));
  scene.tell(
      JobsHeldBefore{{{"a", "7", scene.now + minutes(5)}, {"b", "", scene.now + minutes(9)}}});
  EXPECT_THAT(names<PrepareInstance>(scene.tell(assigned(3, 2))), SizeIs(1));
  EXPECT_EQ(scene.fleet.held(), 2);
  EXPECT_EQ(scene.fleet.capacity(), 6) << "the service still counts the two";
  scene.tell(completed("a"));
  EXPECT_EQ(scene.fleet.held(), 1);
  scene.wait(minutes(10));
  EXPECT_EQ(scene.fleet.held(), 0) << "it is given up when the earlier process would have";
}

TEST(FleetHeldTest, WhatHasEndedMeanwhileIsNotHeld) {
  Scene scene(limits(0, 4));
  scene.tell(
      JobsHeldBefore{{{"a", "7", scene.now + minutes(5)}, {"b", "", scene.now + minutes(9)}}});
  scene.tell(assigned(1, 1));
  EXPECT_EQ(scene.fleet.held(), 1) << "the service counts one running job, and no runner has it";
}

TEST(FleetHeldTest, AClockThatWasSetBackHoldsNothingForLonger) {
  Scene scene(limits(0, 4));
  scene.tell(JobsHeldBefore{{{"a", "7", scene.now + std::chrono::hours(30)}}});
  scene.tell(assigned(1, 1));
  scene.wait(minutes(16));
  EXPECT_EQ(scene.fleet.held(), 0);
}

}  // namespace
}  // namespace scaleset::fleet
