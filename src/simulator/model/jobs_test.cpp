#include <gmock/gmock.h>

#include <array>

#include "simulator/model/testing/small_world.hpp"

namespace scaleset::simulator {
namespace {

using Strings = std::vector<std::string>;
using namespace testing;

class Jobs : public SmallWorld {
 protected:
  Jobs() {
    set = add_set("set");
    session = open_session(set);
    ticket = hold(set, session, 10);  // keeps the session alive for the whole test
  }
  ScaleSetId set;
  std::string session;
  PollTicket ticket;
};

TEST_F(Jobs, RunFromTheQueueToTheirEnd) {
  RunnerId const runner = start_runner(set, "runner-1");
  std::string const id = queue_job();
  EXPECT_EQ(job(id).facts.assign_time, now);
  pass(seconds(2));
  EXPECT_EQ(run_job(runner), id);
  EXPECT_EQ(state(id), JobState::running);
  EXPECT_EQ(job(id).facts.runner_time, now);
  EXPECT_EQ(job(id).runner_name, "runner-1");
  EXPECT_EQ(statistics(set).running_jobs, 1);
  EXPECT_EQ(statistics(set).assigned_jobs, 1);
  pass(seconds(3));
  ASSERT_TRUE(model.complete_job(now, tenant, runner, id, "succeeded"));
  EXPECT_EQ(state(id), JobState::completed);
  EXPECT_EQ(job(id).result, "succeeded");
  EXPECT_EQ(job(id).facts.finish_time, now);
  EXPECT_EQ(statistics(set), Statistics{});
  close_batches();
  EXPECT_EQ(log(set), (Strings{"JobAssigned", "JobStarted", "JobCompleted succeeded"}));
  Entry const& last = set_of(set).queue.log.back().entries.back();
  EXPECT_EQ(last.runner, runner);
  EXPECT_EQ(last.runner_name, "runner-1");
}

TEST_F(Jobs, AssignmentsAreWithdrawnAfterFiveMinutesAndRepeatedTwice) {
  std::string const id = queue_job();
  pass(minutes(5) - milliseconds(1));
  EXPECT_EQ(state(id), JobState::assigned);
  pass(milliseconds(1));
  EXPECT_EQ(state(id), JobState::queued);
  EXPECT_FALSE(job(id).facts.assign_time);
  pass(seconds(1));
  EXPECT_EQ(state(id), JobState::assigned);
  EXPECT_EQ(job(id).attempts, 2);
  pass(minutes(5) + seconds(1));
  EXPECT_EQ(job(id).attempts, 3);
  pass(minutes(5));
  EXPECT_EQ(state(id), JobState::completed);
  EXPECT_EQ(job(id).result, "failed");
  close_batches();
  EXPECT_EQ(log(set), (Strings{"JobAssigned", "JobCompleted canceled", "JobAssigned",
                               "JobCompleted canceled", "JobAssigned", "JobCompleted failed"}));
  EXPECT_EQ(set_of(set).queue.log.size(), 6U) << "one message each, since they are a second apart";
  EXPECT_EQ(set_of(set).queue.log[1].entries.front().runner, RunnerId{});
}

TEST_F(Jobs, OneLongStepOfTimeGivesTheSameAsManyShortOnes) {
  std::string const id = queue_job();
  pass(hours(1));
  EXPECT_EQ(job(id).result, "failed");
  EXPECT_EQ(job(id).facts.finish_time, job(id).facts.queue_time + minutes(15) + seconds(2));
}

TEST_F(Jobs, CancelledWhileQueuedLeaveNoTrace) {
  std::string const id = queue_job({"nobody-has-this"});
  ASSERT_TRUE(model.cancel_job(now, id));
  close_batches();
  EXPECT_EQ(job(id).result, "canceled");
  EXPECT_TRUE(log(set).empty());
}

TEST_F(Jobs, CancelledWhileAssignedAreReportedWithoutARunner) {
  RunnerId const runner = start_runner(set, "runner-1");
  std::string const id = queue_job();
  RunnerMessage const message = runner_message(runner).value();
  ASSERT_TRUE(model.cancel_job(now, id));
  close_batches();
  EXPECT_EQ(log(set), (Strings{"JobAssigned", "JobCompleted canceled"}));
  EXPECT_EQ(set_of(set).queue.log.back().entries.back().runner_name, "");
  EXPECT_EQ(refusal(model.acquire_job(now, tenant, runner, message.job_id)),
            RefusalKind::job_not_found);
  EXPECT_TRUE(model.runner(tenant, runner)) << "the runner stays, idle";
}

TEST_F(Jobs, CancelledWhileRunningEndWhenTheRunnerSaysSo) {
  RunnerId const runner = start_runner(set, "runner-1");
  std::string const id = queue_job();
  run_job(runner);
  Channel const channel = model.runner(tenant, runner).value()->channel;
  forget_wakeups();
  EXPECT_FALSE(runner_message(runner));
  ASSERT_TRUE(model.cancel_job(now, id));
  ASSERT_TRUE(model.cancel_job(now, id)) << "asking twice is harmless";
  EXPECT_TRUE(woken(channel));
  RunnerMessage const message = runner_message(runner).value();
  EXPECT_EQ(message.kind, RunnerMessage::Kind::job_cancellation);
  EXPECT_EQ(message.job_id, id);
  EXPECT_FALSE(runner_message(runner)) << "it is told once";
  EXPECT_EQ(state(id), JobState::running);
  ASSERT_TRUE(model.complete_job(now, tenant, runner, id, "canceled"));
  EXPECT_EQ(job(id).result, "canceled");
}

TEST_F(Jobs, CancelledWhileRunningEndAnywayIfTheRunnerSaysNothing) {
  RunnerId const runner = start_runner(set, "runner-1");
  std::string const id = queue_job();
  run_job(runner);
  ASSERT_TRUE(model.cancel_job(now, id));
  pass(minutes(5));
  EXPECT_EQ(job(id).result, "canceled");
  EXPECT_FALSE(model.runner(tenant, runner));
}

TEST_F(Jobs, CancellingTwiceOrNothingIsRefused) {
  std::string const id = queue_job();
  ASSERT_TRUE(model.cancel_job(now, id));
  EXPECT_EQ(refusal(model.cancel_job(now, id)), RefusalKind::job_not_found);
  EXPECT_EQ(refusal(model.cancel_job(now, "nothing")), RefusalKind::job_not_found);
}

TEST_F(Jobs, FailWhenTheLockIsNotRenewed) {
  RunnerId const runner = start_runner(set, "runner-1");
  std::string const id = queue_job();
  run_job(runner);
  pass(minutes(9));
  EXPECT_EQ(model.renew_job(now, tenant, runner, id).value()->lock_until, now + minutes(10));
  pass(minutes(10) - milliseconds(1));
  EXPECT_EQ(state(id), JobState::running);
  pass(milliseconds(1));
  EXPECT_EQ(job(id).result, "failed");
  EXPECT_FALSE(model.runner(tenant, runner)) << "an ephemeral runner goes with its job";
  close_batches();
  EXPECT_EQ(log(set).back(), "JobCompleted failed");
}

TEST_F(Jobs, AreCancelledAfterADayInTheQueue) {
  std::string const id = queue_job({"nobody-has-this"});
  pass(hours(24) - milliseconds(1));
  EXPECT_EQ(state(id), JobState::queued);
  pass(milliseconds(1));
  EXPECT_EQ(job(id).result, "canceled");
  EXPECT_TRUE(log(set).empty());
}

TEST_F(Jobs, OldFinishedOnesAreForgotten) {
  std::string const first = queue_job({"other"});
  ASSERT_TRUE(model.cancel_job(now, first));
  for (int i = 0; i < 10000; ++i) {
    std::string const id = queue_job({"other"});
    ASSERT_TRUE(model.cancel_job(now, id));
  }
  EXPECT_EQ(tenant_now().finished.size(), 10000U);
  EXPECT_THROW(static_cast<void>(job(first)), std::logic_error);
}

TEST_F(Jobs, CarryWhatIdentifiesThem) {
  std::string const one = queue_job();
  std::string const two = queue_job();
  EXPECT_EQ(one.size(), 36U);
  EXPECT_NE(one, two);
  EXPECT_LT(job(one).facts.request, job(two).facts.request);
  EXPECT_GT(job(one).facts.workflow_run_id, std::int64_t{1} << 32);
  EXPECT_EQ(job(one).facts.workflow_ref, "my-org/r/.github/workflows/ci.yml@refs/heads/main");
}

TEST_F(Jobs, OfOneOrderDifferInTheirDurationOnly) {
  JobOrder order;
  order.count = 200;
  order.labels = {"other"};
  order.plan.duration = milliseconds(10);
  order.longest = milliseconds(12);
  std::vector<std::string> const ids = model.queue_jobs(now, tenant, order);
  ASSERT_EQ(ids.size(), 200U);
  std::array<int, 3> seen{};
  for (std::string const& id : ids) {
    auto const over = job(id).plan.duration - milliseconds(10);
    ASSERT_GE(over.count(), 0);
    ASSERT_LE(over.count(), 2);
    ++seen[static_cast<std::size_t>(over.count())];
  }
  EXPECT_THAT(seen, ::testing::Each(::testing::Gt(30)));
}

TEST_F(Jobs, TimeNeverRunsBackwards) {
  Timestamp const before = model.world().now;
  model.advance(before - hours(1));
  EXPECT_EQ(model.world().now, before);
}

TEST_F(Jobs, TheRevisionChangesOnlyWithTheWorld) {
  std::uint64_t const before = model.revision();
  model.advance(now + milliseconds(1));
  static_cast<void>(model.next_deadline());
  static_cast<void>(model.statistics(tenant, set));
  EXPECT_EQ(model.revision(), before);
  queue_job();
  EXPECT_NE(model.revision(), before);
}

TEST_F(Jobs, MayBeRunAgainAsTheNextAttemptOfItsRun) {
  std::string const first = queue_job();
  EXPECT_EQ(refusal(model.rerun_job(now, first)), RefusalKind::job_not_found) << "it has not ended";
  ASSERT_TRUE(model.cancel_job(now, first));
  std::string const second = model.rerun_job(now, first).value();
  EXPECT_EQ(state(first), JobState::completed);
  EXPECT_NE(state(second), JobState::completed);
  EXPECT_EQ(job(second).facts.workflow_run_id, job(first).facts.workflow_run_id);
  EXPECT_EQ(job(second).facts.run_attempt, 2);
  EXPECT_NE(job(second).plan_id, job(first).plan_id);
  EXPECT_EQ(job(second).facts.labels, job(first).facts.labels);
}

}  // namespace
}  // namespace scaleset::simulator
