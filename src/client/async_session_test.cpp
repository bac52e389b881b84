#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/session_fixture.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::inline v0::async {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(SessionTest, AnotherSessionIsWaitedOut) {
  SessionOptions patient;
  patient.wait_for_other = 20ms;  // the last step of 5 s is cut to it
  conflicts = 1;
  auto const call = begin(make_client().open_session(kSet, "host", patient));
  ASSERT_TRUE(wait_for(call));
  EXPECT_TRUE(*call->result);
  EXPECT_EQ(created, 1);
}

TEST_F(SessionTest, TheOtherOwnerIsInTheErrorHoweverLongTheWait) {
  SessionOptions patient;
  patient.wait_for_other = 20ms;
  conflicts = 100;
  auto const call = begin(make_client().open_session(kSet, "host", patient));
  clock->advance(20ms);
  ASSERT_TRUE(wait_for(call));
  ASSERT_FALSE(*call->result);
  EXPECT_EQ(call->result->error().code, ErrorCode::session_conflict);
  EXPECT_THAT(call->result->error().message, HasSubstr("owner first-host"));
}

TEST_F(SessionTest, TheWaitForAnotherSessionCanBeCancelled) {
  SessionOptions patient;
  patient.wait_for_other = 1h;
  conflicts = 100;
  auto const call = begin(make_client().open_session(kSet, "host", patient));
  EXPECT_FALSE(call->result);
  cancel(call);
  ASSERT_TRUE(call->result);
  EXPECT_EQ(call->result->error().code, ErrorCode::cancelled);
}

TEST_F(SessionTest, ASessionThatCameWithoutAQueueIsDeletedAndAnotherOpened) {
  without_queue = 1;
  auto const session = open();
  EXPECT_EQ(session->id(), id_of(2));
  EXPECT_THAT(deleted, ElementsAre(id_of(1)));
  EXPECT_EQ(session->times_recreated(), 0) << "nobody has seen the first one";
}

TEST_F(SessionTest, ASessionWithoutAQueueIsAnErrorIfItShallNotBeOpenedAnew) {
  without_queue = 1;
  SessionOptions keep;
  keep.recreate = false;
  auto const call = begin(make_client().open_session(kSet, "host", keep));
  ASSERT_TRUE(call->result);
  EXPECT_EQ(call->result->error().code, ErrorCode::malformed_response);
  EXPECT_THAT(deleted, ElementsAre(id_of(1))) << "or it would be in the way of the next one";
}

TEST_F(SessionTest, ACancelledRefreshIsTakenOverByWhoWaitsForIt) {
  auto const session = open();
  expire_token();
  held = is_refresh;
  auto const first = begin(session->get_message(MessageId{}, 1));
  auto const second = begin(session->delete_message(MessageId{1}));
  EXPECT_EQ(refreshes_asked(), 1);
  cancel(first);
  EXPECT_EQ(first->result->error().code, ErrorCode::cancelled);
  EXPECT_EQ(refreshes_asked(), 2);
  release();
  ASSERT_TRUE(second->result);
  EXPECT_TRUE(*second->result);
}

TEST_F(SessionTest, AFailedRefreshIsTheErrorOfAllWhoWaitForIt) {
  auto const session = open();
  expire_token();
  refresh_answer = make_response(403);
  held = is_refresh;
  auto const first = begin(session->get_message(MessageId{}, 1));
  auto const second = begin(session->delete_message(MessageId{1}));
  release();
  ASSERT_TRUE(first->result && second->result);
  EXPECT_EQ(first->result->error().code, ErrorCode::forbidden);
  EXPECT_EQ(second->result->error().code, ErrorCode::forbidden);
  EXPECT_EQ(refreshes_asked(), 1);
}

TEST_F(SessionTest, WhoWaitsForARefreshCanBeCancelled) {
  auto const session = open();
  expire_token();
  held = is_refresh;
  auto const first = begin(session->get_message(MessageId{}, 1));
  auto const second = begin(session->delete_message(MessageId{1}));
  cancel(second);
  ASSERT_TRUE(second->result);
  EXPECT_EQ(second->result->error().code, ErrorCode::cancelled);
  release();
  EXPECT_TRUE(first->result && *first->result);
}

TEST_F(SessionTest, RefreshByHandGivesANewTokenAndTheSameSession) {
  auto const session = open();
  expire_token();
  EXPECT_TRUE(run_task(context, session->refresh()));
  EXPECT_EQ(session->id(), id_of(1));
  EXPECT_TRUE(run_task(context, session->delete_message(MessageId{1})));
  EXPECT_EQ(refreshes_asked(), 1);
}

TEST_F(SessionTest, ALostSessionIsOpenedAnewOnceForAllCalls) {
  auto const session = open();
  lose_session();
  held = [](HttpRequest const& request) { return is_create(request); };
  auto const poll = begin(session->get_message(MessageId{9}, 1));
  auto const acknowledge = begin(session->delete_message(MessageId{9}));
  auto const refresh = begin(session->refresh());
  release();
  ASSERT_TRUE(poll->result && acknowledge->result && refresh->result);
  EXPECT_TRUE(*poll->result) << poll->result->error().to_string();
  EXPECT_TRUE(*acknowledge->result) << acknowledge->result->error().to_string();
  EXPECT_TRUE(*refresh->result);
  EXPECT_EQ(created, 2);
  EXPECT_EQ(session->times_recreated(), 1);
  EXPECT_EQ(session->id(), id_of(2));
  EXPECT_EQ(count("/message/9"), 1) << "the acknowledgement is still sent, to the new session";
}

TEST_F(SessionTest, IsOpenedAnewWithTheOwnerItWasOpenedWith) {
  auto const session = open();
  lose_session();
  ASSERT_TRUE(run_task(context, session->delete_message(MessageId{1})));
  for (auto const& request : held_transport->requests) {
    if (is_create(request)) {
      EXPECT_THAT(request.body, HasSubstr(R"("ownerName":"host")"));
    }
  }
}

TEST_F(SessionTest, ALostSessionIsNotOpenedAnewIfToldSo) {
  SessionOptions keep;
  keep.recreate = false;
  auto const session = open(keep);
  lose_session();
  auto const lost = run_task(context, session->delete_message(MessageId{1}));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::session_lost);
  EXPECT_EQ(created, 1);
  EXPECT_EQ(run_task(context, session->refresh()).error().code, ErrorCode::session_lost);
}

TEST_F(SessionTest, AFailedReopeningIsTriedByTheNextCall) {
  auto const session = open();
  lose_session();
  conflicts = 1;
  auto const refused = run_task(context, session->delete_message(MessageId{1}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::session_conflict);
  EXPECT_TRUE(run_task(context, session->delete_message(MessageId{1})));
  EXPECT_EQ(session->times_recreated(), 1);
}

TEST_F(SessionTest, ARefreshThatWithdrawsTheQueueLosesTheSession) {
  auto const session = open();
  expire_token();
  refresh_answer = make_response(200, R"({"messageQueueUrl":"","messageQueueAccessToken":"t"})");
  EXPECT_TRUE(run_task(context, session->delete_message(MessageId{1})));
  EXPECT_EQ(session->times_recreated(), 1);
  EXPECT_THAT(deleted, ElementsAre(id_of(1))) << "the service may still count it";
}

TEST_F(SessionTest, CloseDuringAReopeningClosesTheNewSession) {
  auto const session = open();
  lose_session();
  held = [](HttpRequest const& request) { return is_create(request); };
  auto const poll = begin(session->get_message(MessageId{}, 1));
  auto const close = begin(session->close());
  EXPECT_FALSE(close->result);
  release();
  ASSERT_TRUE(close->result);
  EXPECT_TRUE(*close->result);
  EXPECT_EQ(deleted.back(), id_of(2));
}

TEST_F(SessionTest, AClosedSessionIsNotOpenedAnew) {
  auto const session = open();
  ASSERT_TRUE(run_task(context, session->close()));
  lose_session();
  Error const expected(ErrorCode::invalid_argument, "the session was closed; open another one");
  auto const check = [&expected](Error const& error) {
    EXPECT_EQ(error.code, expected.code);
    EXPECT_EQ(error.message, expected.message);
  };
  check(run_task(context, session->get_message(MessageId{}, 1)).error());
  check(run_task(context, session->delete_message(MessageId{1})).error());
  check(run_task(context, session->acquire_jobs({RequestId{1}})).error());
  check(run_task(context, session->refresh()).error());
  EXPECT_EQ(created, 1);
}

TEST_F(SessionTest, APollOfANewSessionBeginsAtTheStartUntilItHasDelivered) {
  auto const session = open();
  lose_session();
  message = "";
  ASSERT_TRUE(run_task(context, session->get_message(MessageId{9}, 1)));
  EXPECT_THAT(last_poll(), Not(HasSubstr("lastMessageId")));
  message = R"({"messageId":2,"messageType":"RunnerScaleSetJobMessages"})";
  ASSERT_TRUE(run_task(context, session->get_message(MessageId{9}, 1)));
  EXPECT_THAT(last_poll(), Not(HasSubstr("lastMessageId")));
  ASSERT_TRUE(run_task(context, session->get_message(MessageId{2}, 1)));
  EXPECT_THAT(last_poll(), HasSubstr("lastMessageId=2"));
}

class DroppedSession : public SessionTest {
 protected:
  DroppedSession() { options.hooks.log = log; }
  [[nodiscard]] std::vector<std::string> warnings() const {
    auto lines = log->lines();
    std::erase_if(lines, [](auto const& line) { return line.find("dropped") == line.npos; });
    return lines;
  }
  std::shared_ptr<scaleset::testing::RecordingLogSink> log =
      std::make_shared<scaleset::testing::RecordingLogSink>();
};

TEST_F(DroppedSession, IsToldInTheLogUnlessItWasClosed) {
  auto closed = open();
  ASSERT_TRUE(run_task(context, closed->close()));
  closed.reset();
  EXPECT_THAT(warnings(), IsEmpty());
  open().reset();
  EXPECT_THAT(warnings(), ElementsAre(AllOf(StartsWith("warn client: "), HasSubstr("90 s"),
                                            HasSubstr("session=" + id_of(2)))));
}

TEST_F(DroppedSession, IsNotToldIfTheServiceHasLostIt) {
  SessionOptions keep;
  keep.recreate = false;
  auto session = open(keep);
  lose_session();
  ASSERT_FALSE(run_task(context, session->delete_message(MessageId{1})));
  session.reset();
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(DroppedSession, IsNotToldIfTheCallerKnowsThatItCouldNotBeClosed) {
  auto session = open();
  answer = [](HttpRequest const&) { return make_response(403); };
  ASSERT_FALSE(run_task(context, session->close()));
  session.reset();
  EXPECT_THAT(warnings(), IsEmpty());
}

}  // namespace
}  // namespace scaleset::inline v0::async
