#include "simulator/model/testing/small_world.hpp"

namespace scaleset::simulator {
namespace {

using Strings = std::vector<std::string>;
using namespace testing;

class Queueing : public SmallWorld {
 protected:
  explicit Queueing(ModelOptions options = {}) : SmallWorld(std::move(options)) {
    set = add_set("set");
    session = open_session(set);
  }
  ScaleSetId set;
  std::string session;
};

TEST_F(Queueing, WhatHappensInOneWindowIsOneMessage) {
  poll(set, session, 10);
  queue_job();
  pass(milliseconds(60));
  queue_job();
  EXPECT_FALSE(next_message(set, session)) << "the window is still open";
  pass(milliseconds(40));
  std::optional<Message> const message = next_message(set, session);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->id, MessageId{100000001});
  EXPECT_EQ(message->entries.size(), 2U);
  queue_job();
  close_batches();
  EXPECT_EQ(next_message(set, session, 100000001)->id, MessageId{100000002});
}

TEST_F(Queueing, AMessageHasAtMostFiftyEntries) {
  for (int i = 0; i < 120; ++i) queue_job();
  poll(set, session, 200);
  close_batches();
  std::vector<std::size_t> sizes;
  for (Message const& message : set_of(set).queue.log) sizes.push_back(message.entries.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{50, 50, 20}));
}

TEST_F(Queueing, TheCursorFiltersAndDoesNotAcknowledge) {
  poll(set, session, 10);
  queue_job();
  close_batches();
  EXPECT_FALSE(next_message(set, session, 100000001));
  std::optional<Message> const again = next_message(set, session);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, MessageId{100000001});
  EXPECT_EQ(again->entries.front().job.job_id,
            next_message(set, session)->entries.front().job.job_id);
}

TEST_F(Queueing, EntriesKeepTheJobAsItWas) {
  poll(set, session, 10);
  std::string const id = queue_job();
  close_batches();
  RunnerId const runner = start_runner(set, "runner-1");
  run_job(runner);
  EXPECT_TRUE(job(id).facts.runner_time);
  EXPECT_FALSE(next_message(set, session)->entries.front().job.runner_time);
}

TEST_F(Queueing, StatisticsAreOfTheMomentOfThePoll) {
  poll(set, session, 10);
  queue_job();
  close_batches();
  RunnerId const runner = start_runner(set, "runner-1");
  run_job(runner);
  PollTicket const ticket = hold(set, session, 10);
  Delivery const delivery = model.peek(ticket, MessageId{0}).value().value();
  EXPECT_EQ(delivery.statistics.running_jobs, 1);
  EXPECT_EQ(delivery.statistics.busy_runners, 1);
  EXPECT_EQ(delivery.statistics.registered_runners, 1);
}

TEST_F(Queueing, OnlyDeletionPrunes) {
  poll(set, session, 10);
  queue_job();
  close_batches();
  EXPECT_TRUE(model.delete_message(now, tenant, set, session, MessageId{100000001}));
  EXPECT_FALSE(next_message(set, session));
  EXPECT_EQ(model.world().counters.messages_acknowledged, 1);
  EXPECT_TRUE(model.delete_message(now, tenant, set, session, MessageId{100000001}))
      << "idempotent";
  EXPECT_EQ(model.world().counters.messages_acknowledged, 1);
}

TEST_F(Queueing, UndeletedMessagesOutliveTheSession) {
  poll(set, session, 10);
  queue_job();
  close_batches();
  ASSERT_TRUE(model.delete_session(now, tenant, set, session));
  pass(hours(13));
  std::string const next = open_session(set);
  EXPECT_EQ(next_message(set, next)->id, MessageId{100000001});
}

TEST_F(Queueing, ARecreatedSetStartsANewSequence) {
  poll(set, session, 10);
  queue_job();
  close_batches();
  ASSERT_TRUE(model.delete_scale_set(now, tenant, set));
  ScaleSetId const again = add_set("set");
  EXPECT_NE(again, set);
  poll(again, open_session(again), 10);
  close_batches();
  EXPECT_EQ(set_of(again).queue.log.front().id, MessageId{100000001});
}

TEST_F(Queueing, AHeldPollIsWokenByAnAssignment) {
  PollTicket ticket = hold(set, session, 10);
  forget_wakeups();
  queue_job();
  EXPECT_FALSE(model.changed(ticket));
  close_batches();
  EXPECT_TRUE(woken(ticket.channel));
  EXPECT_TRUE(model.changed(ticket));
  EXPECT_FALSE(model.changed(ticket)) << "looking moves the ticket on";
}

TEST_F(Queueing, AHeldPollSleepsThroughJobStarted) {
  poll(set, session, 10);
  queue_job();
  close_batches();
  forget_wakeups();
  PollTicket ticket = hold(set, session, 10);
  RunnerId const runner = start_runner(set, "runner-1");
  run_job(runner);
  close_batches();
  EXPECT_FALSE(woken(ticket.channel));
  EXPECT_FALSE(model.changed(ticket));
  EXPECT_EQ(log(set), (Strings{"JobAssigned", "JobStarted"})) << "the next poll finds it";
}

class WakingQueue : public Queueing {
 protected:
  WakingQueue() : Queueing(options()) {}
  static ModelOptions options() {
    ModelOptions chosen;
    chosen.wake_on_job_started = true;
    chosen.unknown_message_is_an_error = true;
    return chosen;
  }
};

TEST_F(WakingQueue, AHeldPollIsWokenByJobStartedOnRequest) {
  poll(set, session, 10);
  queue_job();
  close_batches();
  PollTicket ticket = hold(set, session, 10);
  RunnerId const runner = start_runner(set, "runner-1");
  run_job(runner);
  close_batches();
  EXPECT_TRUE(model.changed(ticket));
}

TEST_F(WakingQueue, UnknownMessagesAreRefusedOnRequest) {
  EXPECT_EQ(refusal(model.delete_message(now, tenant, set, session, MessageId{5})),
            RefusalKind::message_unknown);
}

TEST_F(Queueing, NeedsTheLiveSession) {
  EXPECT_EQ(refusal(model.begin_poll(now, tenant, set, "other", 1)),
            RefusalKind::poll_unauthorized);
  EXPECT_EQ(refusal(model.begin_poll(now, "nobody", set, session, 1)),
            RefusalKind::poll_unauthorized);
  EXPECT_EQ(refusal(model.delete_message(now, tenant, set, "other", MessageId{1})),
            RefusalKind::poll_unauthorized);
  PollTicket ticket = hold(set, session, 1);
  ASSERT_TRUE(model.delete_session(now, tenant, set, session));
  EXPECT_TRUE(model.changed(ticket));
  EXPECT_EQ(refusal(model.peek(ticket, MessageId{0})), RefusalKind::poll_unauthorized);
}

TEST_F(Queueing, TwoPollsOfOneSessionAreBothServed) {
  PollTicket const first = hold(set, session, 10);
  PollTicket const second = hold(set, session, 10);
  queue_job();
  close_batches();
  EXPECT_TRUE(model.peek(first, MessageId{0}).value());
  EXPECT_TRUE(model.peek(second, MessageId{0}).value());
  EXPECT_EQ(model.world().counters.messages_delivered, 2);
}

class SmallNumbers : public Queueing {
 protected:
  SmallNumbers() : Queueing(acquire_options()) {}
};

TEST_F(SmallNumbers, AreUsedOnTheAcquireProfile) {
  queue_job();
  close_batches();
  EXPECT_EQ(next_message(set, session)->id, MessageId{1});
}

}  // namespace
}  // namespace scaleset::simulator
