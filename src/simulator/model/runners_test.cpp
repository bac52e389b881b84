#include "simulator/model/testing/small_world.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;

class Runners : public SmallWorld {
 protected:
  explicit Runners(ModelOptions options = {}) : SmallWorld(std::move(options)) {
    set = add_set("set");
    session = open_session(set);
    hold(set, session, 10);
  }
  Runner const& runner(RunnerId id) const { return *model.runner(tenant, id).value(); }
  bool exists(RunnerId id) const { return model.runner(tenant, id).has_value(); }
  ScaleSetId set;
  std::string session;
};

TEST_F(Runners, NamesAreUniqueInTheTenantWhateverTheirCase) {
  RunnerId const id = register_runner(set, "Runner-1");
  EXPECT_EQ(refusal(model.register_runner(now, tenant, set, "runner-1", "")),
            RefusalKind::runner_exists);
  EXPECT_EQ(model.find_runner(tenant, "RUNNER-1")->id, id);
  EXPECT_EQ(model.find_runner(tenant, "runner-2"), nullptr);
  EXPECT_EQ(model.find_runner("nobody", "runner-1"), nullptr);
}

TEST_F(Runners, BadRegistrationsAreRefused) {
  EXPECT_EQ(refusal(model.register_runner(now, tenant, set, "", "")), RefusalKind::invalid);
  EXPECT_EQ(refusal(model.register_runner(now, tenant, set, std::string(65, 'x'), "")),
            RefusalKind::invalid);
  EXPECT_TRUE(model.register_runner(now, tenant, set, std::string(64, 'x'), ""));
  EXPECT_EQ(refusal(model.register_runner(now, tenant, ScaleSetId{9}, "r", "")),
            RefusalKind::scale_set_not_found);
}

TEST_F(Runners, TheWorkFolderHasADefault) {
  EXPECT_EQ(runner(register_runner(set, "a")).work_folder, "_work");
  RunnerId const other = model.register_runner(now, tenant, set, "b", "elsewhere").value();
  EXPECT_EQ(runner(other).work_folder, "elsewhere");
}

TEST_F(Runners, CountAsRegisteredOnceOnline) {
  RunnerId const id = register_runner(set, "runner-1");
  EXPECT_EQ(statistics(set).registered_runners, 0);
  ASSERT_TRUE(model.open_runner_session(now, tenant, id, "s1", ""));
  EXPECT_EQ(statistics(set).registered_runners, 1);
  EXPECT_EQ(statistics(set).idle_runners, 1);
  EXPECT_EQ(statistics(set).busy_runners, 0);
  EXPECT_EQ(model.world().counters.runners_online, 1);
  EXPECT_EQ(model.world().counters.jit_configs, 1);
}

TEST_F(Runners, GetJobsInTheOrderInWhichTheyBecameIdle) {
  RunnerId const first = start_runner(set, "first");
  pass(seconds(1));
  RunnerId const second = start_runner(set, "second");
  std::string const one = queue_job();
  std::string const two = queue_job();
  EXPECT_EQ(run_job(first), one);
  EXPECT_EQ(run_job(second), two);
}

TEST_F(Runners, AnyIdleOneOfTheSetMayGetAnyJob) {
  queue_job();
  RunnerId const late = start_runner(set, "late");
  EXPECT_TRUE(runner_message(late));
  ScaleSetId const other = add_set("other");
  RunnerId const foreign = start_runner(other, "foreign");
  queue_job();
  EXPECT_FALSE(runner_message(foreign));
}

TEST_F(Runners, GetNothingWithoutPolling) {
  RunnerId const id = register_runner(set, "runner-1");
  ASSERT_TRUE(model.open_runner_session(now, tenant, id, session_of(id), ""));
  queue_job();
  EXPECT_FALSE(runner(id).offer);
  runner_poll(id);
  EXPECT_TRUE(runner(id).offer);
}

TEST_F(Runners, AHeldPollIsWokenByAJob) {
  RunnerId const id = start_runner(set, "runner-1");
  PollTicket ticket = runner_poll(id);
  EXPECT_FALSE(model.runner_changed(ticket));
  forget_wakeups();
  queue_job();
  EXPECT_TRUE(woken(ticket.channel));
  EXPECT_TRUE(model.runner_changed(ticket));
  EXPECT_FALSE(model.runner_changed(ticket));
}

TEST_F(Runners, ARequestNobodyAcquiresComesAgain) {
  RunnerId const id = start_runner(set, "runner-1");
  queue_job();
  RunnerMessage const first = runner_message(id).value();
  EXPECT_FALSE(runner_message(id));
  pass(seconds(61));
  RunnerMessage const second = runner_message(id).value();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.job_id, first.job_id);
}

TEST_F(Runners, ARequestThatCameAgainIsAcquiredInVain) {
  RunnerId const id = start_runner(set, "runner-1");
  std::string const job = queue_job();
  ASSERT_TRUE(runner_message(id));
  EXPECT_TRUE(model.acknowledge_job(tenant, id, job));
  pass(seconds(61));
  ASSERT_TRUE(runner_message(id));
  EXPECT_EQ(refusal(model.acknowledge_job(tenant, id, job)), RefusalKind::job_not_found);
  EXPECT_EQ(refusal(model.acquire_job(now, tenant, id, job)), RefusalKind::job_taken);
  EXPECT_EQ(run_job(id), job) << "it is offered anew";
}

TEST_F(Runners, ARequestThatCameAgainMayGoToAnotherRunner) {
  RunnerId const first = start_runner(set, "first");
  std::string const job = queue_job();
  ASSERT_TRUE(runner_message(first));
  RunnerId const second = start_runner(set, "second");
  pass(seconds(61));
  EXPECT_EQ(run_job(second), job);
  EXPECT_EQ(refusal(model.acquire_job(now, tenant, first, job)), RefusalKind::job_taken);
  EXPECT_TRUE(model.remove_runner(now, tenant, first)) << "no job is on its way to it";
}

TEST_F(Runners, ARequestIgnoredTwiceIsForgotten) {
  RunnerId const id = start_runner(set, "runner-1");
  std::string const job = queue_job();
  std::int64_t const first = runner_message(id)->id;
  pass(seconds(61));
  ASSERT_TRUE(runner_message(id));
  pass(seconds(61));
  std::optional<RunnerMessage> const anew = runner_message(id);
  ASSERT_TRUE(anew);
  EXPECT_NE(anew->id, first);
  EXPECT_TRUE(model.acquire_job(now, tenant, id, job));
}

TEST_F(Runners, OnlyAJobOfTheirsCanBeAcknowledged) {
  RunnerId const id = start_runner(set, "runner-1");
  EXPECT_EQ(refusal(model.acknowledge_job(tenant, id, "")), RefusalKind::job_not_found);
  std::string const job = queue_job();
  EXPECT_EQ(refusal(model.acknowledge_job(tenant, id, "other")), RefusalKind::job_not_found);
  EXPECT_TRUE(model.acknowledge_job(tenant, id, job));
  run_job(id);
  EXPECT_TRUE(model.acknowledge_job(tenant, id, job)) << "late, but its own";
  EXPECT_EQ(refusal(model.acknowledge_job(tenant, RunnerId{99}, job)),
            RefusalKind::runner_not_found);
}

TEST_F(Runners, ARestartedOneGetsItsRequestAgainAtOnce) {
  RunnerId const id = start_runner(set, "runner-1");
  queue_job();
  ASSERT_TRUE(runner_message(id));
  ASSERT_TRUE(model.open_runner_session(now, tenant, id, session_of(id), ""));
  EXPECT_TRUE(runner_message(id));
}

TEST_F(Runners, AJobIsAcquiredOnce) {
  RunnerId const id = start_runner(set, "runner-1");
  queue_job();
  RunnerMessage const message = runner_message(id).value();
  ASSERT_TRUE(model.acquire_job(now, tenant, id, message.job_id));
  EXPECT_EQ(refusal(model.acquire_job(now, tenant, id, message.job_id)), RefusalKind::job_taken);
  EXPECT_EQ(refusal(model.acquire_job(now, tenant, id, "other")), RefusalKind::job_not_found);
  EXPECT_EQ(refusal(model.acquire_job(now, tenant, RunnerId{99}, message.job_id)),
            RefusalKind::runner_not_found);
}

TEST_F(Runners, ARequestThatTimedOutCannotBeAcquired) {
  RunnerId const id = start_runner(set, "runner-1");
  queue_job();
  RunnerMessage const message = runner_message(id).value();
  pass(minutes(5));
  EXPECT_EQ(refusal(model.acquire_job(now, tenant, id, message.job_id)),
            RefusalKind::job_not_found);
}

TEST_F(Runners, RenewAndCompleteOnlyTheirOwnJob) {
  RunnerId const busy = start_runner(set, "busy");
  RunnerId const idle = start_runner(set, "idle");
  queue_job();
  std::string const job = run_job(busy);
  EXPECT_EQ(refusal(model.renew_job(now, tenant, idle, job)), RefusalKind::job_not_found);
  EXPECT_EQ(refusal(model.renew_job(now, tenant, busy, "other")), RefusalKind::job_not_found);
  EXPECT_EQ(refusal(model.complete_job(now, tenant, idle, job, "succeeded")),
            RefusalKind::job_not_found);
  EXPECT_TRUE(model.complete_job(now, tenant, busy, job, "failed"));
  EXPECT_FALSE(exists(busy));
  EXPECT_EQ(refusal(model.complete_job(now, tenant, busy, job, "failed")),
            RefusalKind::runner_not_found);
}

class LeavingRunners : public Runners {
 protected:
  /// Has completed its job while its poll was held.
  RunnerId leave() {
    RunnerId const id = start_runner(set, "runner-1");
    queue_job();
    std::string const job = run_job(id);
    ticket = runner_poll(id);
    client = runner(id).client_id;
    EXPECT_TRUE(model.complete_job(now, tenant, id, job, "succeeded"));
    return id;
  }
  PollTicket ticket;
  std::string client;
};

TEST_F(LeavingRunners, AreForgottenByAllButTheirSession) {
  RunnerId const id = leave();
  EXPECT_FALSE(exists(id));
  EXPECT_EQ(statistics(set).registered_runners, 0);
  EXPECT_EQ(statistics(set).busy_runners, 0);
  EXPECT_EQ(model.find_runner(tenant, "runner-1"), nullptr);
  EXPECT_NE(register_runner(set, "runner-1"), id) << "the name is free";
  EXPECT_TRUE(model.find_client(client));
}

TEST_F(LeavingRunners, TheirPollStaysHeldAndNextOnesToo) {
  RunnerId const id = leave();
  EXPECT_FALSE(model.runner_changed(ticket));
  EXPECT_FALSE(model.take_runner_message(ticket).value());
  PollTicket const next = runner_poll(id);
  EXPECT_EQ(next.channel, ticket.channel);
  EXPECT_EQ(refusal(model.begin_runner_poll(now, tenant, id, "other")),
            RefusalKind::runner_not_found);
}

TEST_F(LeavingRunners, EndTheirSessionOrAreForgottenAfterTenSeconds) {
  RunnerId const first = leave();
  EXPECT_TRUE(model.close_runner_session(now, tenant, first));
  EXPECT_EQ(refusal(model.close_runner_session(now, tenant, first)), RefusalKind::runner_not_found);
  EXPECT_TRUE(model.runner_changed(ticket));
  RunnerId const second = leave();
  forget_wakeups();
  pass(seconds(10) - milliseconds(1));
  EXPECT_FALSE(model.runner_changed(ticket));
  pass(milliseconds(1));
  EXPECT_TRUE(woken(ticket.channel));
  EXPECT_TRUE(model.runner_changed(ticket));
  EXPECT_EQ(refusal(model.take_runner_message(ticket)), RefusalKind::runner_not_found);
  EXPECT_EQ(refusal(model.close_runner_session(now, tenant, second)),
            RefusalKind::runner_not_found);
}

TEST_F(LeavingRunners, SurviveASave) {
  RunnerId const id = leave();
  Result<World> const again = world_from_json(to_json(model.world()), now);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->tenants.at(tenant).leaving.at(id).session_id, session_of(id));
}

TEST_F(Runners, MessageIdsAreLargeAndTheirOwn) {
  RunnerId const one = start_runner(set, "one");
  RunnerId const two = start_runner(set, "two");
  queue_job();
  queue_job();
  std::int64_t const first = runner_message(one)->id;
  std::int64_t const second = runner_message(two)->id;
  EXPECT_GT(first, std::int64_t{1} << 32);
  EXPECT_GT(second, std::int64_t{1} << 32);
  EXPECT_NE(first, second);
}

TEST_F(Runners, SayTheirVersion) {
  RunnerId const id = register_runner(set, "runner-1");
  ASSERT_TRUE(model.open_runner_session(now, tenant, id, "s", "2.336.0"));
  EXPECT_EQ(runner(id).program_version, "2.336.0");
}

TEST_F(Runners, RemovalIsRefusedWithAJobAndOtherwiseAlwaysSucceeds) {
  RunnerId const id = start_runner(set, "runner-1");
  queue_job();
  EXPECT_EQ(refusal(model.remove_runner(now, tenant, id)), RefusalKind::job_still_running)
      << "already with a job on its way to it";
  std::string const job = run_job(id);
  EXPECT_EQ(refusal(model.remove_runner(now, tenant, id)), RefusalKind::job_still_running);
  ASSERT_TRUE(model.complete_job(now, tenant, id, job, "succeeded"));
  EXPECT_TRUE(model.remove_runner(now, tenant, id)) << "unknown";
  RunnerId const idle = start_runner(set, "idle");
  PollTicket ticket = runner_poll(idle);
  EXPECT_TRUE(model.remove_runner(now, tenant, idle));
  EXPECT_FALSE(exists(idle));
  EXPECT_TRUE(model.runner_changed(ticket));
  EXPECT_EQ(refusal(model.take_runner_message(ticket)), RefusalKind::runner_not_found);
  model.end_runner_poll(now, ticket);
}

TEST_F(Runners, ThoseThatNeverCameAreForgottenAfterADay) {
  RunnerId const id = register_runner(set, "runner-1");
  pass(hours(24) - milliseconds(1));
  EXPECT_TRUE(exists(id));
  pass(milliseconds(1));
  EXPECT_FALSE(exists(id));
}

TEST_F(Runners, GoOfflineForWantOfContactAndGiveTheirRequestBack) {
  RunnerId const id = register_runner(set, "runner-1");
  ASSERT_TRUE(model.open_runner_session(now, tenant, id, session_of(id), ""));
  PollTicket const ticket = runner_poll(id);
  std::string const job = queue_job();
  EXPECT_TRUE(runner(id).offer);
  model.end_runner_poll(now, ticket);
  pass(minutes(2));
  EXPECT_FALSE(runner(id).online);
  EXPECT_FALSE(runner(id).offer);
  EXPECT_EQ(statistics(set).registered_runners, 0);
  RunnerId const other = start_runner(set, "runner-2");
  EXPECT_EQ(run_job(other), job);
}

TEST_F(Runners, AHeldPollIsContact) {
  RunnerId const id = start_runner(set, "runner-1");
  pass(hours(1));
  EXPECT_TRUE(runner(id).online);
}

TEST_F(Runners, SessionsAreExclusive) {
  RunnerId const id = register_runner(set, "runner-1");
  ASSERT_TRUE(model.open_runner_session(now, tenant, id, session_of(id), ""));
  Outcome<std::string> const second = model.open_runner_session(now, tenant, id, "other", "");
  EXPECT_EQ(refusal(second), RefusalKind::runner_session_conflict);
  EXPECT_EQ(second.error().message, "The task agent runner-1 already has an active session.");
  EXPECT_EQ(refusal(model.begin_runner_poll(now, tenant, id, "other")),
            RefusalKind::runner_session_unknown);
  ASSERT_TRUE(model.close_runner_session(now, tenant, id));
  EXPECT_FALSE(runner(id).online);
  EXPECT_EQ(refusal(model.close_runner_session(now, tenant, id)),
            RefusalKind::runner_session_unknown);
  std::string const made = model.open_runner_session(now, tenant, id, "", "").value();
  EXPECT_EQ(made.size(), 36U);
}

TEST_F(Runners, AClosedSessionGivesTheRequestToAnother) {
  RunnerId const leaving = start_runner(set, "leaving");
  std::string const job = queue_job();
  RunnerId const staying = start_runner(set, "staying");
  ASSERT_TRUE(runner_message(leaving));
  ASSERT_TRUE(model.close_runner_session(now, tenant, leaving));
  EXPECT_EQ(run_job(staying), job);
}

TEST_F(Runners, UnknownOnesAreNotServed) {
  RunnerId const id{99};
  EXPECT_EQ(refusal(model.open_runner_session(now, tenant, id, "s", "")),
            RefusalKind::runner_not_found);
  EXPECT_EQ(refusal(model.begin_runner_poll(now, tenant, id, "s")), RefusalKind::runner_not_found);
  EXPECT_EQ(refusal(model.close_runner_session(now, tenant, id)), RefusalKind::runner_not_found);
  EXPECT_FALSE(model.runner("nobody", id));
}

TEST_F(Runners, AreFoundByTheirClient) {
  RunnerId const id = register_runner(set, "runner-1");
  std::optional<Model::RunnerIdentity> const found = model.find_client(runner(id).client_id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, id);
  EXPECT_EQ(found->tenant, tenant);
  EXPECT_FALSE(model.find_client("nobody"));
}

class CountedRunners : public Runners {
 protected:
  CountedRunners() : Runners(options()) {}
  static ModelOptions options() {
    ModelOptions chosen;
    chosen.count_provisioned = true;
    return chosen;
  }
};

TEST_F(CountedRunners, BeforeTheyAreOnlineOnRequest) {
  register_runner(set, "runner-1");
  EXPECT_EQ(statistics(set).registered_runners, 1);
  EXPECT_EQ(statistics(set).idle_runners, 0);
}

}  // namespace
}  // namespace scaleset::simulator
