#include "simulator/runner/runner_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/base64.hpp"
#include "base/url.hpp"
#include "simulator/runner/testing/sample_jit_config.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace json = boost::json;
using ::testing::Contains;
using ::testing::Pair;

Caller sample_caller() {
  Caller caller(read_jit_config(sample_jit_config("http://h")).value());
  caller.session_id = "session-1";
  caller.owner_name = "HOST (PID: 7)";
  caller.access_token = "token-1";
  return caller;
}

JobOffer sample_offer() {
  JobOffer offer;
  offer.request_id = "request-1";
  offer.run_service_url = "http://h/run/1/";
  offer.billing_owner_id = "owner-1";
  return offer;
}

PretendJob sample_job() {
  PretendJob job;
  job.plan_id = "plan-1";
  job.job_id = "job-1";
  return job;
}

void expect_json(HttpRequest const& request, char const* url, char const* body) {
  EXPECT_EQ(request.method, HttpMethod::post);
  EXPECT_EQ(request.url, url);
  EXPECT_EQ(json::parse(request.body), json::parse(body));
  EXPECT_THAT(request.headers, Contains(Pair("Authorization", "Bearer token-1")));
  EXPECT_THAT(request.headers, Contains(Pair("Content-Type", "application/json")));
}

TEST(TokenRequest, IsAFormWithASignedAssertion) {
  Timestamp const now{std::chrono::milliseconds(1'700'000'000'500)};
  HttpRequest const request = token_request(sample_caller(), now, 2);
  EXPECT_EQ(request.url, "http://h/_apis/oauth2/token");
  EXPECT_THAT(request.headers, Contains(Pair("Content-Type", "application/x-www-form-urlencoded")));
  base::QueryParameters const form = base::parse_query(request.body);
  EXPECT_THAT(form, Contains(Pair("grant_type", "client_credentials")));
  EXPECT_THAT(form, Contains(Pair("client_assertion_type",
                                  "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")));
  ASSERT_EQ(form[0].first, "client_assertion");
  std::string const jwt = form[0].second;
  std::size_t const dot = jwt.rfind('.');
  EXPECT_TRUE(sample_key().verifies(jwt.substr(0, dot),
                                    base::base64url_decode(jwt.substr(dot + 1)).value_or("")));
  std::size_t const payload = jwt.find('.') + 1;
  EXPECT_EQ(json::parse(base::base64url_decode(jwt.substr(payload, dot - payload)).value_or("")),
            json::parse(R"({"sub":"client-1","iss":"client-1","aud":"http://h/_apis/oauth2/token",
                            "jti":"session-1-2","nbf":1700000000,"iat":1700000000,"exp":1700000300})"));
}

TEST(Requests, AreThoseOfTheRealRunner) {
  Caller const caller = sample_caller();
  expect_json(session_request(caller), "http://h/broker/session",
              R"~({"sessionId":"session-1","ownerName":"HOST (PID: 7)","useFipsEncryption":false,
                  "agent":{"id":6858,"name":"runner-1","version":"2.336.0","osDescription":"Linux"}
})~");
  expect_json(acquire_request(caller, sample_offer()), "http://h/run/1/acquirejob",
              R"({"jobMessageId":"request-1","runnerOS":"Linux","billingOwnerId":"owner-1"})");
  expect_json(renew_request(caller, sample_offer(), sample_job()), "http://h/run/1/renewjob",
              R"({"planId":"plan-1","jobId":"job-1"})");
  expect_json(complete_request(caller, sample_offer(), sample_job(), "canceled"),
              "http://h/run/1/completejob",
              R"({"planId":"plan-1","jobId":"job-1","conclusion":"canceled"})");
  expect_json(
      acknowledge_request(caller, sample_offer()),
      "http://h/broker/"
      "acknowledge?sessionId=session-1&status=Busy&runnerVersion=2.336.0&os=Linux&architecture=X64",
      R"({"runnerRequestId":"request-1"})");
}

TEST(Requests, PollAndSessionEndHaveNoBody) {
  HttpRequest const poll = message_request(sample_caller(), false);
  EXPECT_EQ(poll.method, HttpMethod::get);
  EXPECT_EQ(
      poll.url,
      "http://h/broker/message?sessionId=session-1&status=Online&runnerVersion=2.336.0&os=Linux"
      "&architecture=X64&disableUpdate=true");
  EXPECT_GT(poll.timeout, std::chrono::seconds(50)) << "the service holds a poll for so long";
  EXPECT_THAT(message_request(sample_caller(), true).url, ::testing::HasSubstr("status=Busy"));
  HttpRequest const end = delete_session_request(sample_caller());
  EXPECT_EQ(end.method, HttpMethod::del);
  EXPECT_EQ(end.url, "http://h/broker/session?sessionId=session-1");
}

TEST(ReadJob, ReadsWhatToPretend) {
  std::optional<PretendJob> const job = read_job(
      R"({"messageType":"PipelineAgentJobRequest","plan":{"planId":"p"},"jobId":"j","jobDisplayName":"build",
          "requestId":1,"variables":{"simulator.durationMilliseconds":{"value":"1500"},
          "simulator.result":{"value":"failed"},"simulator.script":{"value":"exit 3"}}})");
  ASSERT_TRUE(job);
  EXPECT_EQ(job->plan_id, "p");
  EXPECT_EQ(job->job_id, "j");
  EXPECT_EQ(job->name, "build");
  EXPECT_EQ(job->duration, std::chrono::milliseconds(1500));
  EXPECT_EQ(job->result, "failed");
  EXPECT_EQ(job->script, "exit 3");
}

TEST(ReadJob, HasDefaultsAndBounds) {
  auto const with = [](std::string const& variables) {
    return read_job(R"({"plan":{"planId":"p"},"jobId":"j","variables":)" + variables + "}").value();
  };
  EXPECT_EQ(with("{}").result, "succeeded");
  EXPECT_EQ(with("{}").duration, std::chrono::milliseconds(0));
  EXPECT_EQ(with("[]").script, "");
  EXPECT_EQ(with(R"({"simulator.durationMilliseconds":{"value":"-5"}})").duration.count(), 0);
  EXPECT_EQ(with(R"({"simulator.durationMilliseconds":{"value":"9000000000000000"}})").duration,
            std::chrono::hours(24));
  EXPECT_EQ(with(R"({"simulator.durationMilliseconds":7})").duration.count(), 0);
  EXPECT_EQ(with(R"({"simulator.result":{"value":"other"}})").result, "succeeded");
}

TEST(ReadAnswers, WhatIsWrongHasNoValue) {
  for (char const* text :
       {"", "x", "[]", "{}", R"({"jobId":1})", R"({"plan":1,"jobId":"j"})", "null"}) {
    EXPECT_FALSE(read_job(text)) << text;
    EXPECT_FALSE(read_job_offer(text)) << text;
    EXPECT_FALSE(read_access_token(text)) << text;
    EXPECT_EQ(read_error_kind(text), "") << text;
  }
  EXPECT_FALSE(read_message("x"));
  EXPECT_FALSE(read_cancelled_job_id("x"));
}

TEST(ReadAnswers, ReadWhatIsThere) {
  EXPECT_EQ(read_access_token(R"({"access_token":"t","expires_in":3600})"), "t");
  EXPECT_EQ(read_error_kind(R"({"errorKind":"RunnerNotFound","statusCode":404})"),
            "RunnerNotFound");
  EXPECT_EQ(read_cancelled_job_id(R"({"jobId":"j","timeout":"00:05:00"})"), "j");
  std::optional<Message> const message =
      read_message(R"({"messageId":1,"messageType":"T","body":"{}"})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, "T");
  EXPECT_EQ(message->body, "{}");
  std::optional<JobOffer> const offer = read_job_offer(
      R"({"id":"1","runner_request_id":"r","should_acknowledge":true,"run_service_url":"http://h/run/1"})");
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->request_id, "r");
  EXPECT_EQ(offer->run_service_url, "http://h/run/1/");
  EXPECT_TRUE(offer->should_acknowledge);
}

}  // namespace
}  // namespace scaleset::simulator::pretend
