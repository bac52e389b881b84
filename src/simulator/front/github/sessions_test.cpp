#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace json_ = boost::json;

class SessionTest : public RunningSimulator {
 protected:
  explicit SessionTest(SimulatorOptions chosen = quick_options())
      : RunningSimulator(std::move(chosen)) {
    connect();
    set = create_set("set");
  }
  std::string sessions(std::string const& id = "") const {
    return set_path(set, "/sessions" + (id.empty() ? "" : "/" + id));
  }
  static json_::array entries(HttpResponse const& response) {
    return json_::parse(text(json(response), "/body")).as_array();
  }
  static std::string kind(HttpResponse const& response) {
    return text(entries(response).at(0), "/messageType");
  }
  std::int64_t set = 0;
};

TEST_F(SessionTest, IsOpenedRefreshedAndClosed) {
  HttpResponse const opened = admin_call(
      "POST", sessions(),
      R"({"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":"host\u003c1\u003e"})");
  EXPECT_EQ(opened.status, 200);
  json_::value const body = json(opened);
  EXPECT_EQ(text(body, "/ownerName"), "host<1>");
  EXPECT_EQ(text(body, "/runnerScaleSet/name"), "set");
  EXPECT_EQ(text(body, "/messageQueueUrl"), simulator->url() + "/scalesets/message");
  EXPECT_EQ(number(body, "/statistics/totalAssignedJobs"), 0);
  OpenSession const session = read_session(body);
  EXPECT_NE(session.id, "00000000-0000-0000-0000-000000000000");

  HttpResponse const refreshed = admin_call("PATCH", sessions(session.id));
  EXPECT_EQ(refreshed.status, 200);
  EXPECT_EQ(read_session(json(refreshed)).id, session.id);
  EXPECT_NE(read_session(json(refreshed)).token, session.token);
  EXPECT_EQ(text(json(refreshed), "/ownerName"), "host<1>");

  EXPECT_EQ(admin_call("DELETE", sessions(session.id)).status, 204);
  HttpResponse const again = admin_call("DELETE", sessions(session.id));
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(text(json(again), "/typeKey"), "RunnerScaleSetSessionExpiredException");
  HttpResponse const lost = admin_call("PATCH", sessions(session.id));
  EXPECT_EQ(lost.status, 404);
  EXPECT_EQ(text(json(lost), "/typeKey"), "RunnerAdminException");
}

TEST_F(SessionTest, TheSecondIsAConflict) {
  open_session(set);
  HttpResponse const refused = admin_call("POST", sessions(), R"({"ownerName":"host"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(text(json(refused), "/message"),
            "The runner scale set set already has an active session for owner host.");
  EXPECT_EQ(text(json(refused), "/typeName"),
            "GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionConflictException, "
            "GitHub.Actions.Runtime.WebApi");
}

TEST_F(SessionTest, APollIsAnsweredWithTheMessageAndAgainUntilItIsDeleted) {
  OpenSession const session = open_session(set);
  std::string const job = queue_job();
  HttpResponse const first = poll(session, 1);
  EXPECT_EQ(first.status, 200);
  json_::value const envelope = json(first);
  EXPECT_EQ(number(envelope, "/messageId"), 100000001);
  EXPECT_EQ(text(envelope, "/messageType"), "RunnerScaleSetJobMessages");
  EXPECT_EQ(number(envelope, "/statistics/totalAssignedJobs"), 1);
  EXPECT_EQ(number(envelope, "/statistics/totalAvailableJobs"), 0);
  json_::value const entry = entries(first).at(0);
  EXPECT_EQ(text(entry, "/messageType"), "JobAssigned");
  EXPECT_EQ(text(entry, "/jobId"), job);
  EXPECT_EQ(number(entry, "/runnerRequestId"), 0);
  EXPECT_EQ(text(entry, "/ownerName"), "my-org");
  EXPECT_EQ(text(entry, "/requestLabels/0"), "set");
  EXPECT_TRUE(entry.as_object().contains("scaleSetAssignTime"));
  EXPECT_FALSE(entry.as_object().contains("runnerAssignTime"));
  EXPECT_EQ(poll(session, 1).body, first.body);

  HttpResponse const deleted = acknowledge(session, 100000001);
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(acknowledge(session, 100000001).status, 204);
  auto const held = begin(poll_request(session, 1));
  let_it_arrive();
  EXPECT_FALSE(held->answer);
}

TEST_F(SessionTest, AHeldPollIsWokenByAJob) {
  OpenSession const session = open_session(set);
  auto const held = begin(poll_request(session, 5));
  let_it_arrive();
  EXPECT_FALSE(held->answer);
  EXPECT_EQ(number(state(), "/tenants/0/scaleSets/0/advertisedCapacity"), 5);
  queue_job();
  HttpResponse const answer = finish(held);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(kind(answer), "JobAssigned");
}

TEST_F(SessionTest, APollIsWokenByTheEndOfItsSession) {
  OpenSession const session = open_session(set);
  auto const held = begin(poll_request(session, 5));
  let_it_arrive();
  EXPECT_EQ(admin_call("DELETE", sessions(session.id)).status, 204);
  EXPECT_EQ(finish(held).status, 401);
}

TEST_F(SessionTest, ADisconnectLosesNothingAndFreesThePoll) {
  OpenSession const session = open_session(set);
  auto const held = begin(poll_request(session, 5));
  let_it_arrive();
  held->cancel.emit(boost::asio::cancellation_type::terminal);
  loop.run_until([&] { return held->answer.has_value(); });
  queue_job();
  EXPECT_EQ(kind(poll(session, 5)), "JobAssigned");
}

TEST_F(SessionTest, BadPollsAreRefused) {
  OpenSession const session = open_session(set);
  EXPECT_EQ(call("GET", session.url).status, 401);
  EXPECT_EQ(call("GET", session.url, "Bearer x").status, 401);
  EXPECT_EQ(text(json(call("GET", session.url, "Bearer x")), "/typeKey"), "InvalidTokenException");
  for (std::string const capacity : {"-1", "x", "1.5", "1x", "99999999999999999999"}) {
    Request request = poll_request(session, 0);
    request.headers.front().second = capacity;
    EXPECT_EQ(send(request).status, 400) << capacity;
  }
  for (std::string const cursor : {"-1", "x", "1.5"}) {
    EXPECT_EQ(call("GET", session.url + "?lastMessageId=" + cursor, session.token).status, 400);
  }
  EXPECT_EQ(call("DELETE", session.url + "/x", session.token).status, 400);
  EXPECT_EQ(call("DELETE", session.url + "/1", "").status, 401);
}

TEST_F(SessionTest, TheTokenOfAClosedSessionIsWorthNothing) {
  OpenSession const session = open_session(set);
  ASSERT_EQ(admin_call("DELETE", sessions(session.id)).status, 204);
  EXPECT_EQ(poll(session, 1).status, 401);
  EXPECT_EQ(acknowledge(session, 1).status, 401);
}

TEST_F(SessionTest, ANewSessionSeesUndeletedMessages) {
  OpenSession const session = open_session(set);
  queue_job();
  HttpResponse const first = poll(session, 1);
  ASSERT_EQ(admin_call("DELETE", sessions(session.id)).status, 204);
  HttpResponse const again = poll(open_session(set), 1);
  EXPECT_EQ(text(json(again), "/body"), text(json(first), "/body"));
}

TEST_F(SessionTest, WithoutTheHeaderNothingLimitsTheJobs) {
  OpenSession const session = open_session(set);
  for (int i = 0; i < 3; ++i) queue_job();
  Request request = poll_request(session, 0);
  request.headers.clear();
  EXPECT_EQ(kind(send(request)), "JobAssigned");
  EXPECT_EQ(number(state(), "/tenants/0/scaleSets/0/statistics/totalAssignedJobs"), 3);
}

class ShortHold : public SessionTest {
 protected:
  ShortHold() : SessionTest(options_with_short_hold()) {}
  static SimulatorOptions options_with_short_hold() {
    SimulatorOptions chosen = quick_options();
    chosen.model.hold_time = std::chrono::milliseconds(20);
    return chosen;
  }
};

TEST_F(ShortHold, APollWithoutNewsEndsWithNothing) {
  OpenSession const session = open_session(set);
  HttpResponse const answer = poll(session, 1);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "");
}

class VirtualTime : public SessionTest {
 protected:
  VirtualTime() : SessionTest(virtual_options()) {}
  static SimulatorOptions virtual_options() {
    SimulatorOptions chosen = quick_options();
    chosen.virtual_clock = true;
    chosen.model.hold_time = std::chrono::seconds(50);
    return chosen;
  }
  void advance(std::string const& seconds) {
    EXPECT_EQ(call("POST", "/_sim/clock/advance", "", R"({"seconds":)" + seconds + "}").status,
              200);
  }
};

TEST_F(VirtualTime, APollIsHeldForFiftySecondsOfIt) {
  OpenSession const session = open_session(set);
  auto const held = begin(poll_request(session, 1));
  let_it_arrive();
  advance("49.999");
  let_it_arrive();
  EXPECT_FALSE(held->answer);
  advance("0.001");
  EXPECT_EQ(finish(held).status, 202);
}

TEST_F(VirtualTime, NewsThatWaitForTheirBatchCountAsAMessage) {
  auto const undeleted = [&] {
    return number(json(call("GET", "/_sim/state")), "/tenants/0/scaleSets/0/undeletedMessages");
  };
  OpenSession const session = open_session(set);
  auto const held = begin(poll_request(session, 1));
  let_it_arrive();
  EXPECT_EQ(undeleted(), 0);
  queue_job();
  EXPECT_FALSE(held->answer);
  EXPECT_EQ(undeleted(), 1);
  advance("0.1");
  EXPECT_EQ(finish(held).status, 200);
  EXPECT_EQ(undeleted(), 1);
}

TEST_F(VirtualTime, QueueTokensExpireAndARefreshHelps) {
  OpenSession const session = open_session(set);
  auto const held = begin(poll_request(session, 1));  // keeps the session alive
  let_it_arrive();
  advance("40");
  OpenSession const fresh = read_session(json(admin_call("PATCH", sessions(session.id))));
  EXPECT_EQ(fresh.id, session.id);
  for (int i = 0; i < 60; ++i) {
    advance("60");
    if (i == 58) connect();  // the admin token is an hour old as well
    if (i < 59) {
      EXPECT_EQ(call("DELETE", session.url + "/1", fresh.token).status, 204);
    }
  }
  EXPECT_EQ(call("DELETE", session.url + "/1", fresh.token).status, 401);
  EXPECT_EQ(read_session(json(admin_call("PATCH", sessions(session.id)))).id, session.id);
}

TEST_F(VirtualTime, AnAbandonedSessionBlocksForNinetySeconds) {
  open_session(set);
  advance("90");
  EXPECT_EQ(admin_call("POST", sessions(), "{}").status, 409);
  advance("0.001");
  EXPECT_EQ(admin_call("POST", sessions(), "{}").status, 200);
}

class AcquireSession : public SessionTest {
 protected:
  AcquireSession() : SessionTest(quick_options(Profile::acquire)) {}
};

TEST_F(AcquireSession, JobsAreOfferedAcquiredAndAssigned) {
  OpenSession const session = open_session(set);
  EXPECT_THAT(session.url, HasSubstr("?sessionId=" + session.id));
  queue_job();
  HttpResponse const offered = poll(session, 1);
  EXPECT_EQ(number(json(offered), "/messageId"), 1);
  EXPECT_EQ(number(json(offered), "/statistics/totalAvailableJobs"), 1);
  json_::value const entry = entries(offered).at(0);
  EXPECT_EQ(text(entry, "/messageType"), "JobAvailable");
  EXPECT_EQ(text(entry, "/scaleSetAssignTime"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(text(entry, "/acquireJobUrl"), service_url + set_path(set, "/acquirejobs"));
  std::int64_t const request = number(entry, "/runnerRequestId");
  HttpResponse const listed = admin_call("GET", set_path(set, "/acquirablejobs"));
  EXPECT_EQ(number(json(listed), "/value/0/runnerRequestId"), request);

  std::string const url = service_url + set_path(set, "/acquirejobs");
  std::string const body = "[" + std::to_string(request) + ",9007199254740993]";
  EXPECT_EQ(call("POST", url, admin, body).status, 401) << "that takes the queue token";
  HttpResponse const acquired = call("POST", url, session.token, body);
  EXPECT_EQ(acquired.status, 200);
  EXPECT_EQ(acquired.body, R"({"count":1,"value":[)" + std::to_string(request) + "]}");
  EXPECT_EQ(call("POST", url, session.token, "null").body, R"({"count":0,"value":[]})");
  for (std::string const bad : {"", "{}", "[1.5]", "[\"1\"]", "5"}) {
    EXPECT_EQ(call("POST", url, session.token, bad).status, 400) << bad;
  }
  EXPECT_EQ(acknowledge(session, 1).status, 204);
  EXPECT_EQ(kind(poll(session, 1, 1)), "JobAssigned");
  EXPECT_EQ(admin_call("GET", set_path(set, "/acquirablejobs")).status, 204);
}

TEST_F(AcquireSession, ALostSessionIsExpiredOnRefresh) {
  HttpResponse const lost = admin_call("PATCH", sessions("4fd0ffb0-d365-4dae-99ff-8dae173984f9"));
  EXPECT_EQ(lost.status, 400);
  EXPECT_EQ(text(json(lost), "/message"),
            "The session identifier 4fd0ffb0-d365-4dae-99ff-8dae173984f9 is not valid.");
}

}  // namespace
}  // namespace scaleset::simulator
