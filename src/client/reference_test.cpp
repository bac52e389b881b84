#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "client/testing/client_fixture.hpp"

/// What the reference's own tests ask of whole calls (protocol.md 14.1, 14.2) where no other test
/// of ours does. tests/conformance/map.json says which of ours stands for which of theirs.
namespace scaleset::inline v0::async {
namespace {

using ::testing::HasSubstr;

class Reference : public ClientTest {
 protected:
  /// How many requests a call makes at a service that answers 503, with one retry allowed.
  template <class T>
  int requests_at_an_outage(std::function<Task<T>(Client&)> call) {
    options.retry.max_retries = 1;
    int requests = 0;
    answer = [&requests](HttpRequest const&) {
      ++requests;
      return make_response(503);
    };
    auto& api = make();
    auto const result = run_task(context, call(api));
    EXPECT_TRUE(!result && result.error().code == ErrorCode::server_error);
    EXPECT_TRUE(run_task(context, shut_down()));
    return requests;
  }

  /// A session of which the queue refuses the first token (`for_ever`: and every other).
  MessageSession& open(bool for_ever) {
    answer = [this, for_ever](HttpRequest const& request) -> Result<HttpResponse> {
      if (request.url.contains("/sessions?")) return make_response(200, kSessionBody);
      if (request.method == HttpMethod::patch)
        return make_response(200, R"({"messageQueueAccessToken":"second"})");
      bool const fresh = header(request, "Authorization") == "Bearer second";
      return fresh && !for_ever ? queue_answer : make_response(401);
    };
    session.reset();
    if (client) (void)run_task(context, shut_down());
    auto opened = run_task(context, make().open_session(ScaleSetId{5}, "host"));
    if (!opened) throw std::runtime_error(opened.error().to_string());
    session = *std::move(opened);
    transport->requests.clear();
    return *session;
  }
  [[nodiscard]] std::vector<std::string> methods() const {
    std::vector<std::string> list;
    for (auto const& request : transport->requests) list.emplace_back(to_string(request.method));
    return list;
  }

  std::unique_ptr<MessageSession> session;
  HttpResponse queue_answer = make_response(204);
};

using Methods = std::vector<std::string>;

TEST_F(Reference, AFailingRenewalLeavesTheTokenAndTellsWhy) {
  answer = [](HttpRequest const&) { return make_response(204); };
  auto& api = make();
  ASSERT_TRUE(run_task(context, api.remove_runner(RunnerId{1})));
  auto const token = header(transport->requests.back(), "Authorization");
  chain_failure = make_response(401, R"({"message":"test"})");
  clock->advance(1h - 59s);
  transport->requests.clear();
  ASSERT_TRUE(run_task(context, api.remove_runner(RunnerId{1}))) << "still good for a minute";
  auto const carries_token = [&token](HttpRequest const& request) {
    return header(request, "Authorization") == token;
  };
  EXPECT_EQ(std::ranges::count_if(transport->requests, carries_token), 1);
  clock->advance(2h);
  auto const removed = run_task(context, api.remove_runner(RunnerId{1}));
  ASSERT_FALSE(removed);
  EXPECT_THAT(removed.error().message, HasSubstr("test"));
}

TEST_F(Reference, ARefusedAdminConnectionIsWaitedOut) {
  chain_failures = 4;
  chain_failure = make_response(401, R"({"message":"test"})");
  answer = [](HttpRequest const&) { return make_response(204); };
  auto& api = make();
  EXPECT_TRUE(run_task(context, api.remove_runner(RunnerId{1})));
  EXPECT_EQ(targets().size(), 7U) << "E2, five times E3, the call";
  EXPECT_EQ(tokens_minted, 1);
}

/// Except for calls that must not be repeated once they were sent (W-8).
TEST_F(Reference, ServerErrorsAreRetriedAsOftenAsAllowed) {
  EXPECT_EQ(requests_at_an_outage<Runner>([](Client& api) { return api.get_runner(RunnerId{1}); }),
            2);
  EXPECT_EQ(requests_at_an_outage<std::optional<Runner>>(
                [](Client& api) { return api.find_runner("r"); }),
            2);
  EXPECT_EQ(requests_at_an_outage<void>([](Client& api) { return api.remove_runner(RunnerId{1}); }),
            2);
  EXPECT_EQ(requests_at_an_outage<std::optional<ScaleSet>>(
                [](Client& api) { return api.find_scale_set(kDefaultRunnerGroup, "s"); }),
            2);
  EXPECT_EQ(
      requests_at_an_outage<ScaleSet>([](Client& api) { return api.get_scale_set(ScaleSetId{1}); }),
      2);
  EXPECT_EQ(requests_at_an_outage<ScaleSet>(
                [](Client& api) { return api.update_scale_set(ScaleSetId{1}, ScaleSetUpdate()); }),
            2);
  EXPECT_EQ(requests_at_an_outage<std::vector<JobAvailable>>(
                [](Client& api) { return api.acquirable_jobs(ScaleSetId{1}); }),
            2);
}

TEST_F(Reference, WhatMustNotBeRepeatedIsSentOnce) {
  EXPECT_EQ(requests_at_an_outage<ScaleSet>([](Client& api) {
              ScaleSet wanted;
              wanted.name = "s";
              return api.create_scale_set(wanted);
            }),
            1);
  EXPECT_EQ(requests_at_an_outage<JitConfig>(
                [](Client& api) { return api.generate_jit_config(ScaleSetId{1}, "r"); }),
            1);
}

TEST_F(Reference, TheLabelsOfTheCallerAreSent) {
  answer = [](HttpRequest const&) { return make_response(200, R"({"id":1,"name":"s"})"); };
  ScaleSet wanted;
  wanted.name = "s";
  wanted.labels = {Label("linux"), Label("x64")};
  ASSERT_TRUE(run_task(context, make().create_scale_set(wanted)));
  EXPECT_THAT(transport->requests.back().body,
              HasSubstr(R"("labels":[{"type":"System","name":"linux"},)"
                        R"({"type":"System","name":"x64"}])"));
}

TEST_F(Reference, ARefusedSessionTellsTheServicesException) {
  answer = [](HttpRequest const&) {
    return make_response(
        400, R"({"typeName": "CSharpExceptionNameHere","message": "could not do something"})",
        {{"ActivityId", "0f0f"}});
  };
  auto const opened = run_task(context, make().open_session(ScaleSetId{1}, "foo"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().http_status, 400);
  EXPECT_EQ(opened.error().reply().activity_id, "0f0f");
  EXPECT_EQ(opened.error().reply().server_exception, "CSharpExceptionNameHere");
  EXPECT_THAT(opened.error().message, HasSubstr("could not do something"));
}

TEST_F(Reference, AMessageWithoutJobsIsOne) {
  queue_answer = make_response(200, R"({"messageId":1,"messageType":"RunnerScaleSetJobMessages"})");
  auto const message = run_task(context, open(false).get_message(MessageId{}, 10));
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->id, MessageId{1});
  EXPECT_FALSE((*message)->statistics.has_value());
  EXPECT_TRUE((*message)->jobs.empty());
}

TEST_F(Reference, AnExpiredQueueTokenIsRefreshedAndTheCallRepeated) {
  queue_answer = make_response(202);
  EXPECT_TRUE(run_task(context, open(false).get_message(MessageId{1}, 10)));
  EXPECT_EQ(methods(), (Methods{"GET", "PATCH", "GET"}));
  EXPECT_THAT(transport->requests.back().url, HasSubstr("lastMessageId=1"));
  queue_answer = make_response(204);
  EXPECT_TRUE(run_task(context, open(false).delete_message(MessageId{1})));
  EXPECT_EQ(methods(), (Methods{"DELETE", "PATCH", "DELETE"}));
  queue_answer = make_response(200, R"({"count":2,"value":[1,2]})");
  std::vector<RequestId> const ids{RequestId{1}, RequestId{2}};
  EXPECT_TRUE(run_task(context, open(false).acquire_jobs(ids)));
  EXPECT_EQ(methods(), (Methods{"POST", "PATCH", "POST"}));
  EXPECT_EQ(transport->requests.back().body, "[1,2]");
}

TEST_F(Reference, ASecondRefusalOfTheQueueIsTheAnswer) {
  auto const polled = run_task(context, open(true).get_message(MessageId{}, 10));
  EXPECT_EQ(polled.error().code, ErrorCode::message_queue_token_expired);
  EXPECT_EQ(methods(), (Methods{"GET", "PATCH", "GET"}));
  auto const deleted = run_task(context, open(true).delete_message(MessageId{1}));
  EXPECT_EQ(deleted.error().code, ErrorCode::message_queue_token_expired);
  std::vector<RequestId> const ids{RequestId{1}};
  auto const acquired = run_task(context, open(true).acquire_jobs(ids));
  EXPECT_EQ(acquired.error().code, ErrorCode::message_queue_token_expired);
}

TEST_F(Reference, WhatTheQueueRefusesIsToldWithItsText) {
  queue_answer = make_response(400, "example error message");
  for (auto const& error : {run_task(context, open(false).get_message(MessageId{}, 0)).error(),
                            run_task(context, open(false).delete_message(MessageId{1})).error()}) {
    EXPECT_EQ(error.http_status, 400);
    EXPECT_THAT(error.message, HasSubstr("example error message"));
    EXPECT_EQ(error.reply().response_body, "example error message");
  }
  queue_answer = make_response(404);
  auto const missing = run_task(context, open(false).get_message(MessageId{}, 0)).error();
  EXPECT_EQ(missing.http_status, 404);
}

TEST_F(Reference, ADeletionThatIsNoneIsAnError) {
  queue_answer = make_response(200, "null");
  auto const deleted = run_task(context, open(false).delete_message(MessageId{1}));
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, ErrorCode::unexpected_status);
  EXPECT_EQ(deleted.error().http_status, 200);
}

TEST_F(Reference, ATroubledQueueIsRetriedExceptForThePoll) {
  options.retry.max_retries = 1;
  queue_answer = make_response(503);
  EXPECT_FALSE(run_task(context, open(false).delete_message(MessageId{1})));
  EXPECT_EQ(methods(), (Methods{"DELETE", "PATCH", "DELETE", "DELETE"}));
  std::vector<RequestId> const ids{RequestId{1}};
  EXPECT_FALSE(run_task(context, open(false).acquire_jobs(ids)));
  EXPECT_EQ(methods(), (Methods{"POST", "PATCH", "POST", "POST"}));
  EXPECT_FALSE(run_task(context, open(false).get_message(MessageId{}, 0)));
  EXPECT_EQ(methods(), (Methods{"GET", "PATCH", "GET"})) << "the listener decides";
}

TEST_F(Reference, NothingToAcquireIsNothingAcquired) {
  queue_answer = make_response(200, R"({"count":0,"value":[]})");
  auto const acquired = run_task(context, open(false).acquire_jobs(std::vector<RequestId>()));
  ASSERT_TRUE(acquired) << acquired.error().to_string();
  EXPECT_TRUE(acquired->empty());
  EXPECT_EQ(transport->requests.back().body, "[]");
}

}  // namespace
}  // namespace scaleset::inline v0::async
