#include "simulator/model/testing/small_world.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;

class Sessions : public SmallWorld {
 protected:
  explicit Sessions(ModelOptions options = {}) : SmallWorld(std::move(options)) {
    set = add_set("set");
  }
  bool alive() const { return set_of(set).session.has_value(); }
  ScaleSetId set;
};

TEST_F(Sessions, TheSecondIsRefusedWhoeverAsks) {
  open_session(set, "host-a");
  for (std::string const owner : {"host-a", "host-b"}) {
    Outcome<std::string> const second = model.create_session(now, tenant, set, owner);
    EXPECT_EQ(refusal(second), RefusalKind::session_conflict);
    EXPECT_EQ(second.error().message,
              "The runner scale set set already has an active session for owner host-a.");
  }
}

TEST_F(Sessions, EndNinetySecondsAfterTheLastActivity) {
  open_session(set);
  pass(seconds(90));
  EXPECT_TRUE(alive());
  pass(milliseconds(1));
  EXPECT_FALSE(alive());
  EXPECT_TRUE(model.create_session(now, tenant, set, "host"));
}

TEST_F(Sessions, AHeldPollKeepsThemAlive) {
  std::string const session = open_session(set);
  PollTicket const ticket = hold(set, session, 1);
  pass(hours(2));
  EXPECT_TRUE(alive());
  model.end_poll(now, ticket);
  pass(seconds(90));
  EXPECT_TRUE(alive()) << "counted from the poll's end";
  pass(milliseconds(1));
  EXPECT_FALSE(alive());
}

TEST_F(Sessions, EveryUseCountsAsActivity) {
  std::string const session = open_session(set);
  pass(seconds(80));
  ASSERT_TRUE(model.refresh_session(now, tenant, set, session));
  pass(seconds(80));
  ASSERT_TRUE(model.delete_message(now, tenant, set, session, MessageId{1}));
  pass(seconds(80));
  ASSERT_TRUE(model.acquire_jobs(now, tenant, set, session, {}));
  pass(seconds(80));
  poll(set, session, 0);
  pass(seconds(80));
  EXPECT_TRUE(alive());
}

TEST_F(Sessions, DeletionFreesTheSetAtOnce) {
  std::string const session = open_session(set);
  EXPECT_TRUE(model.delete_session(now, tenant, set, session));
  Outcome<void> const again = model.delete_session(now, tenant, set, session);
  EXPECT_EQ(refusal(again), RefusalKind::session_expired);
  EXPECT_EQ(again.error().message, "The session identifier " + session + " is not valid.");
  EXPECT_NE(open_session(set), session);
}

TEST_F(Sessions, TheEndOfOneTakesItsCapacityAlong) {
  std::string const session = open_session(set);
  poll(set, session, 5);
  EXPECT_EQ(set_of(set).advertised_capacity, 5);
  ASSERT_TRUE(model.delete_session(now, tenant, set, session));
  EXPECT_EQ(set_of(set).advertised_capacity, 0);
  open_session(set);
  EXPECT_EQ(state(queue_job()), JobState::queued);
}

TEST_F(Sessions, AssignedJobsSurviveTheLossOfTheSession) {
  std::string const session = open_session(set);
  poll(set, session, 5);
  std::string const job = queue_job();
  pass(seconds(100));
  EXPECT_FALSE(alive());
  EXPECT_EQ(state(job), JobState::assigned);
}

TEST_F(Sessions, APollThatOutlivesItsSessionDoesNoHarm) {
  std::string const session = open_session(set);
  PollTicket const ticket = hold(set, session, 1);
  ASSERT_TRUE(model.delete_session(now, tenant, set, session));
  open_session(set);
  model.end_poll(now, ticket);
  EXPECT_EQ(set_of(set).session->polls, 0);
}

TEST_F(Sessions, RefreshOfAnEvictedOneOnTheBroker) {
  Outcome<void> const refreshed = model.refresh_session(now, tenant, set, "gone");
  EXPECT_EQ(refusal(refreshed), RefusalKind::session_evicted);
  EXPECT_EQ(refreshed.error().message,
            "runner referenced a session ID that doesn't exist in redis");
}

TEST_F(Sessions, OfUnknownSets) {
  ScaleSetId const other{99};
  Outcome<std::string> const created = model.create_session(now, tenant, other, "host");
  EXPECT_EQ(refusal(created), RefusalKind::scale_set_not_found);
  EXPECT_EQ(created.error().message, "No runner scale set found with identifier 99.");
  EXPECT_EQ(refusal(model.refresh_session(now, tenant, other, "s")),
            RefusalKind::scale_set_not_found);
  EXPECT_EQ(refusal(model.delete_session(now, tenant, other, "s")),
            RefusalKind::scale_set_not_found);
}

class AcquireSessions : public Sessions {
 protected:
  AcquireSessions() : Sessions(acquire_options()) {}
};

TEST_F(AcquireSessions, RefreshOfAnExpiredOne) {
  EXPECT_EQ(refusal(model.refresh_session(now, tenant, set, "gone")), RefusalKind::session_expired);
}

}  // namespace
}  // namespace scaleset::simulator
