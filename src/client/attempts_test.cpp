#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/session_fixture.hpp"
#include "scaleset/testing/recording_hooks.hpp"

/// What an error says of the requests that its call made: how many, whether the service can have
/// seen one, and what they came to.
namespace scaleset::inline v0::async {
namespace {

using ::testing::HasSubstr;

class AttemptsTest : public SessionTest {
 protected:
  AttemptsTest() {
    options.hooks.metrics = metrics;
    options.hooks.log = log;
  }
  [[nodiscard]] int measured() const {
    auto const lines = metrics->lines();
    return static_cast<int>(std::ranges::count_if(lines, [](std::string const& line) {
      return line.starts_with("http RemoveRunner") || line.starts_with("http GetMessage");
    }));
  }
  std::shared_ptr<scaleset::testing::RecordingMetricsSink> metrics =
      std::make_shared<scaleset::testing::RecordingMetricsSink>();
  std::shared_ptr<scaleset::testing::RecordingLogSink> log =
      std::make_shared<scaleset::testing::RecordingLogSink>();
};

TEST_F(AttemptsTest, WhatIsRefusedBeforeItIsSentMadeNoRequest) {
  auto& api = make_client();
  auto const bad_id = run_task(context, api.remove_runner(RunnerId{0})).error();
  EXPECT_EQ(bad_id.code, ErrorCode::invalid_argument);
  EXPECT_EQ(bad_id.operation, "RemoveRunner");
  EXPECT_EQ(bad_id.attempts, 0);
  EXPECT_FALSE(bad_id.request_sent);
  auto session = open();
  auto const bad_capacity = run_task(context, session->get_message(MessageId{}, -1)).error();
  EXPECT_EQ(bad_capacity.attempts, 0);
  EXPECT_FALSE(bad_capacity.request_sent);
  EXPECT_EQ(measured(), 0) << "nothing to measure either";
  auto const no_name = run_task(context, api.get_or_create_scale_set({})).error();
  EXPECT_EQ(no_name.attempts, 0);
  EXPECT_FALSE(no_name.request_sent);
  EXPECT_TRUE(run_task(context, session->close()));
}

TEST_F(AttemptsTest, WhatTheTransportRefusesMadeNoRequestEither) {
  answer = [](HttpRequest const&) -> Result<HttpResponse> {
    return fail(ErrorCode::invalid_argument, "the URL is too long");
  };
  auto const refused = run_task(context, make_client().remove_runner(RunnerId{1})).error();
  EXPECT_EQ(refused.attempts, 0);
  EXPECT_FALSE(refused.request_sent);
  EXPECT_EQ(measured(), 0);
}

TEST_F(AttemptsTest, ATokenThatIsRenewedOnceLeavesBothRequestsInTheCount) {
  answer = [](HttpRequest const&) { return make_response(401); };
  auto const refused = run_task(context, make_client().remove_runner(RunnerId{1})).error();
  EXPECT_EQ(refused.code, ErrorCode::unauthorized);
  EXPECT_EQ(refused.attempts, 2);
  EXPECT_TRUE(refused.request_sent);
}

TEST_F(AttemptsTest, ARequestThatCouldNotBeSentDoesNotHideTheOneBeforeThat) {
  int calls = 0;
  answer = [&calls](HttpRequest const&) -> Result<HttpResponse> {
    if (++calls == 1) return make_response(401);
    Error error(ErrorCode::network, "cannot reach the host");
    error.request_sent = false;
    return std::unexpected(error);
  };
  options.retry.max_retries = 0;
  auto const failed = run_task(context, make_client().remove_runner(RunnerId{1})).error();
  EXPECT_EQ(failed.code, ErrorCode::network);
  EXPECT_EQ(failed.attempts, 2);
  EXPECT_TRUE(failed.request_sent) << "the service has seen the first request";
  calls = 0;
  answer = [&calls](HttpRequest const&) -> Result<HttpResponse> {
    Error error(ErrorCode::network, "broken");
    error.request_sent = ++calls == 1;
    return std::unexpected(error);
  };
  options.retry.max_retries = 1;
  EXPECT_TRUE(run_task(context, make_client().remove_runner(RunnerId{1})).error().request_sent);
}

TEST_F(AttemptsTest, AQueueTokenThatIsRenewedOnceLeavesBothRequestsInTheCount) {
  auto session = open();
  answer = [inner = answer](HttpRequest const& request) -> Result<HttpResponse> {
    bool const queue = request.url.starts_with("https://queue/");
    return queue ? make_response(401) : inner(request);
  };
  EXPECT_EQ(run_task(context, session->get_message(MessageId{}, 1)).error().attempts, 2);
  EXPECT_EQ(run_task(context, session->delete_message(MessageId{1})).error().attempts, 2);
  EXPECT_TRUE(run_task(context, session->close()));
}

TEST_F(AttemptsTest, ACancelledWaitNamesTheFailureBeforeIt) {
  options.retry.min_delay = options.retry.max_delay = 20s;
  answer = [](HttpRequest const&) -> Result<HttpResponse> {
    return fail(ErrorCode::network, "connection reset by the firewall");
  };
  auto const call = begin(make_client().remove_runner(RunnerId{1}));
  cancel(call);
  ASSERT_TRUE(call->result);
  EXPECT_THAT(call->result->error().message, HasSubstr("connection reset by the firewall"));
}

TEST_F(AttemptsTest, ACancelledAttemptNamesTheFailureBeforeIt) {
  int calls = 0;
  options.retry.min_delay = options.retry.max_delay = 1ms;
  answer = [&calls](HttpRequest const&) -> Result<HttpResponse> {
    ++calls;
    return fail(ErrorCode::network, "connection reset by the firewall");
  };
  held = [&calls](HttpRequest const& request) {
    return calls > 0 && request.method == HttpMethod::del;
  };
  auto const call = begin(make_client().remove_runner(RunnerId{1}));
  while (count("/agents/") < 2) context.run_one_for(100ms);
  cancel(call);
  ASSERT_TRUE(call->result);
  EXPECT_EQ(call->result->error().code, ErrorCode::cancelled);
  EXPECT_THAT(call->result->error().message, HasSubstr("connection reset by the firewall"));
  EXPECT_EQ(call->result->error().attempts, 2);
}

TEST_F(AttemptsTest, ATokenThatDoesNotComeInTimeNamesWhatKeepsIt) {
  chain_failure = make_response(503, "upstream is down");
  options.retry.min_delay = options.retry.max_delay = 20s;
  auto const call = begin(make_client().remove_runner(RunnerId{1}));
  cancel(call);
  ASSERT_TRUE(call->result);
  EXPECT_EQ(call->result->error().code, ErrorCode::cancelled);
  EXPECT_THAT(call->result->error().message, HasSubstr("upstream is down"));
  EXPECT_EQ(call->result->error().attempts, 0);
  EXPECT_FALSE(call->result->error().request_sent);
}

TEST_F(AttemptsTest, WaitingForAnotherSessionNamesItsOwnerWhenItIsCancelled) {
  conflicts = 100;
  SessionOptions patient;
  patient.wait_for_other = 1h;
  auto const opening = begin(make_client().open_session(kSet, "host", patient));
  cancel(opening);
  ASSERT_TRUE(opening->result);
  EXPECT_THAT(opening->result->error().message, HasSubstr("first-host"));
}

TEST_F(AttemptsTest, ALostSessionThatCannotBeDeletedIsToldWithItsError) {
  options.retry.max_retries = 0;
  auto session = open();
  lose_session();
  answer = [inner = answer](HttpRequest const& request) -> Result<HttpResponse> {
    bool const deletes =
        request.method == HttpMethod::del && request.url.find("/sessions/") != std::string::npos;
    return deletes ? make_response(500, "cannot delete it now") : inner(request);
  };
  EXPECT_TRUE(run_task(context, session->get_message(MessageId{}, 1)));
  auto const lines = log->lines();
  EXPECT_TRUE(std::ranges::any_of(lines, [](std::string const& line) {
    return line.find("could not close the session") != std::string::npos &&
           line.find("cannot delete it now") != std::string::npos;
  }));
}

}  // namespace
}  // namespace scaleset::inline v0::async
