#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "client/testing/session_fixture.hpp"

/// Weaknesses of the reference (protocol.md 13) that show when calls overlap, tokens end or
/// sessions are lost.
namespace scaleset::inline v0::async {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class SessionWeaknesses : public SessionTest {};

class RecreationCounter final : public MetricsSink {
 public:
  void on_session_recreated(ScaleSetId id, std::string_view reason) noexcept override {
    told.push_back(std::to_string(id.value) + " " + std::string(reason));
  }
  std::vector<std::string> told;
};

TEST_F(SessionWeaknesses, W04_NothingWaitsForAPoll) {
  auto const session = open();
  held = is_poll;
  auto const poll = begin(session->get_message(MessageId{}, 1));
  EXPECT_TRUE(run_task(context, session->delete_message(MessageId{1})));
  EXPECT_TRUE(run_task(context, session->acquire_jobs({RequestId{1}})));
  EXPECT_TRUE(run_task(context, session->refresh()));
  EXPECT_EQ(session->id(), id_of(1));
  EXPECT_TRUE(run_task(context, session->close()));
  EXPECT_FALSE(poll->result);
  release();
  EXPECT_TRUE(poll->result && *poll->result);
}

TEST_F(SessionWeaknesses, W05_NothingWaitsForAStalledCall) {
  auto const session = open();
  auto& api = *clients.back();
  held = [](HttpRequest const& request) {
    return request.url.find("/generatejitconfig") != std::string::npos;
  };
  auto const stalled = begin(api.generate_jit_config(kSet, "runner-1"));
  EXPECT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
  EXPECT_TRUE(run_task(context, session->refresh()));
  EXPECT_TRUE(run_task(context, session->close()));
  EXPECT_FALSE(stalled->result);
}

TEST_F(SessionWeaknesses, W05_ARenewalOfTheTokenHoldsUpNobody) {
  auto& api = make_client();
  ASSERT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
  clock->advance(55min);
  held = [](HttpRequest const& request) { return request.url.ends_with("/registration-token"); };
  EXPECT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
  EXPECT_EQ(count("/registration-token"), 2);
}

TEST_F(SessionWeaknesses, W08_WhatCollidesWithItselfIsNotRepeatedOnTheWireEither) {
  auto& api = make_client();
  ScaleSet wanted;
  wanted.name = "set";
  answer = [](HttpRequest const&) {
    return Result<HttpResponse>(fail(ErrorCode::network, "connection reset"));
  };
  EXPECT_FALSE(run_task(context, api.create_scale_set(wanted)));
  EXPECT_FALSE(run_task(context, api.generate_jit_config(kSet, "runner-1")));
  EXPECT_FALSE(run_task(context, api.open_session(kSet, "host")));
  auto const sent = held_transport->requests.size();
  EXPECT_EQ(sent, 5U) << "the chain's two, and each of the three once";
  for (std::size_t i = 2; i < sent; ++i) EXPECT_FALSE(held_transport->requests[i].may_repeat);
  EXPECT_FALSE(run_task(context, api.get_runner(RunnerId{1})));
  EXPECT_EQ(held_transport->requests.size(), sent + 5);
  EXPECT_TRUE(held_transport->requests.back().may_repeat);
}

TEST_F(SessionWeaknesses, W10_ALostSessionIsOpenedAnewByTheCallThatFindsOut) {
  auto const metrics = std::make_shared<RecreationCounter>();
  options.hooks.metrics = metrics;
  auto const session = open();
  message = R"({"messageId":1,"messageType":"RunnerScaleSetJobMessages"})";
  lose_session();
  auto const found = run_task(context, session->get_message(MessageId{9}, 1));
  ASSERT_TRUE(found) << found.error().to_string();
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->id.value, 1);
  EXPECT_EQ(session->id(), id_of(2));
  EXPECT_EQ(session->times_recreated(), 1);
  EXPECT_THAT(metrics->told, ::testing::ElementsAre("5 session_lost"));
}

TEST_F(SessionWeaknesses, W10_AQueueThatNoLongerKnowsTheSessionLosesItToo) {
  auto const session = open();
  bool expired = true;
  answer = [&expired, usual = answer](HttpRequest const& request) -> Result<HttpResponse> {
    if (!is_poll(request) || !std::exchange(expired, false)) return usual(request);
    return make_response(
        400,
        R"({"typeName":"RunnerScaleSetSessionExpiredException","message":"The session identifier x is not valid."})");
  };
  EXPECT_TRUE(run_task(context, session->get_message(MessageId{}, 1)));
  EXPECT_EQ(session->times_recreated(), 1);
  EXPECT_EQ(refreshes_asked(), 0);
}

TEST_F(SessionWeaknesses, W10_AConflictIsATypedErrorWithTheOtherOwner) {
  conflicts = 1;
  auto const refused = run_task(context, make_client().open_session(kSet, "host"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::session_conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("first-host"));
}

TEST_F(SessionWeaknesses, W13_ARateLimitOnA403IsHonouredAndCapped) {
  auto& api = make_client();
  int calls = 0;
  auto const now = std::chrono::system_clock::to_time_t(clock->now().wall);
  answer = [&](HttpRequest const&) {
    if (++calls == 2) return make_response(200, R"({"id":1,"name":"r"})");
    return make_response(403, "",
                         {{"x-ratelimit-remaining", "0"},
                          {"x-ratelimit-reset", std::to_string(now - (calls == 1 ? 1 : -86400))}});
  };
  EXPECT_TRUE(run_task(context, api.get_runner(RunnerId{1}))) << "the limit has ended";
  auto const limited = run_task(context, api.get_runner(RunnerId{1}));
  ASSERT_FALSE(limited) << "a day is longer than max_elapsed";
  EXPECT_EQ(limited.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(limited.error().retry_after, 5min);
  EXPECT_EQ(calls, 3);
}

TEST_F(SessionWeaknesses, W13_RetryAfterMayBeADate) {
  auto& api = make_client();
  answer = [](HttpRequest const&) {
    return make_response(429, "", {{"Retry-After", "Thu, 01 Jan 2026 00:01:00 GMT"}});
  };
  auto const limited = run_task(context, api.get_runner(RunnerId{1}));
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().retry_after, 1min);
  EXPECT_EQ(limited.error().attempts, 1) << "a minute is longer than max_elapsed";
}

TEST_F(SessionWeaknesses, W16_TheCallersOptionsStayAsTheyAre) {
  ClientOptions mine;
  mine.config_url = "https://github.com/my-org/";
  mine.credentials = PersonalAccessToken{constant_secret(Secret("pat"))};
  auto const finalized = finalize(mine);
  ASSERT_TRUE(finalized);
  EXPECT_EQ(mine.config_url, "https://github.com/my-org/");
  EXPECT_FALSE(mine.transport.proxy);
  EXPECT_FALSE(mine.hooks.clock);
  EXPECT_FALSE(mine.hooks.random);
  make_client(*finalized);
  // A second walk, whose refusals the reference's client would take over for every later call.
  answer = [](HttpRequest const&) { return make_response(403); };
  auto const refused = run_task(context, clients.back()->get_runner(RunnerId{1}));
  EXPECT_EQ(refused.error().attempts, 1);
}

TEST_F(SessionWeaknesses, W17_EveryWalkUsesTheSameConnections) {
  auto& api = make_client();
  ASSERT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
  clock->advance(2h);
  ASSERT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
  EXPECT_EQ(count("/runner-registration"), 2) << "both on the one transport there is";
  EXPECT_EQ(tokens_minted, 2);
}

TEST_F(SessionWeaknesses, W20_ASessionMayHaveAUserAgentOfItsOwn) {
  options.system_info.system = "tests";
  SessionOptions own;
  own.system_info.emplace();
  own.system_info->scale_set_id = 7;
  auto const session = open(own);
  ASSERT_TRUE(run_task(context, session->get_message(MessageId{}, 1)));
  ASSERT_TRUE(run_task(context, session->refresh()));
  ASSERT_TRUE(run_task(context, session->close()));
  std::vector<std::string> agents;
  for (auto const& request : held_transport->requests) {
    bool const of_session = request.url.find("/sessions") != std::string::npos;
    if (of_session || request.url.starts_with("https://queue/"))
      agents.push_back(header(request, "User-Agent"));
  }
  EXPECT_THAT(agents, SizeIs(::testing::Ge(4U)));
  EXPECT_THAT(agents, Each(HasSubstr(R"("scale_set_id":7,)")));
}

TEST_F(SessionWeaknesses, W20_EveryCallTellsTheSameUserAgent) {
  options.system_info.system = "tests";
  options.system_info.scale_set_id = 5;
  auto const session = open();
  ASSERT_TRUE(run_task(context, session->get_message(MessageId{}, 1)));
  ASSERT_TRUE(run_task(context, session->delete_message(MessageId{1})));
  ASSERT_TRUE(run_task(context, session->acquire_jobs({RequestId{1}})));
  ASSERT_TRUE(run_task(context, session->refresh()));
  ASSERT_TRUE(run_task(context, session->close()));
  std::set<std::string> agents;
  for (auto const& request : held_transport->requests) agents.insert(header(request, "User-Agent"));
  EXPECT_THAT(agents, SizeIs(1));
  EXPECT_THAT(agents, Each(StartsWith(R"({"system":"tests",)")));
  EXPECT_THAT(agents, Each(HasSubstr(R"("scale_set_id":5,)")));
}

TEST_F(SessionWeaknesses, W21_ARefusedAdminTokenIsMintedAnewOnceForAllCalls) {
  auto& one = make_client();
  auto& two = make_client();
  ASSERT_TRUE(run_task(context, one.get_runner(RunnerId{1})));
  answer = [this](HttpRequest const&) {
    return tokens_minted < 2 ? make_response(401) : make_response(200, R"({"id":1,"name":"r"})");
  };
  held = [](HttpRequest const& request) {
    return request.url.find("/agents/") != std::string::npos;
  };
  auto const first = begin(one.get_runner(RunnerId{1}));
  auto const second = begin(two.get_runner(RunnerId{1}));
  release();
  ASSERT_TRUE(first->result && second->result);
  EXPECT_TRUE(*first->result && *second->result);
  EXPECT_EQ(tokens_minted, 2);
}

TEST_F(SessionWeaknesses, W22_ASecondRefusalReadsAlikeForEveryCallOfASession) {
  auto const session = open();
  answer = [this, usual = answer](HttpRequest const& request) {
    expire_token();  // no token is ever good
    auto result = usual(request);
    expire_token();
    return result;
  };
  auto const poll = run_task(context, session->get_message(MessageId{}, 1));
  auto const acknowledge = run_task(context, session->delete_message(MessageId{1}));
  auto const acquire = run_task(context, session->acquire_jobs({RequestId{1}}));
  ASSERT_FALSE(poll || acknowledge || acquire);
  for (Error const& error : {poll.error(), acknowledge.error(), acquire.error()}) {
    EXPECT_EQ(error.code, ErrorCode::message_queue_token_expired);
    EXPECT_EQ(error.http_status, 401);
    EXPECT_THAT(error.message,
                StartsWith("the session's new token was refused like the old one: "));
  }
  EXPECT_EQ(poll.error().operation, "GetMessage");
  EXPECT_EQ(acknowledge.error().operation, "DeleteMessage");
  EXPECT_EQ(acquire.error().operation, "AcquireJobs");
  EXPECT_EQ(refreshes_asked(), 3);
}

}  // namespace
}  // namespace scaleset::inline v0::async
