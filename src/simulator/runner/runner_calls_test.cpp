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
                                    base::base64url_decode(jwt.substr(dot + 1)).value_or(""),
                                    base::JwtAlgorithm::ps256))
      << "requireFipsCryptography asks for PS256";
  std::size_t const payload = jwt.find('.') + 1;
  EXPECT_EQ(json::parse(base::base64url_decode(jwt.substr(payload, dot - payload)).value_or("")),
            json::parse(R"({"sub":"client-1","iss":"client-1","aud":"http://h/_apis/oauth2/token",
                            "jti":"session-1-2","nbf":1700000000,"iat":1700000000,"exp":1700000300})"));
}

TEST(Requests, AreThoseOfTheRealRunner) {
  Caller const caller = sample_caller();
  expect_json(session_request(caller), "http://h/broker/session",
              R"~({"sessionId":"session-1","ownerName":"HOST (PID: 7)","useFipsEncryption":false,
                  "agent":{"id":6858,"name":"runner-1","version":"2.338.0","osDescription":"Linux"}
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
      "acknowledge?sessionId=session-1&status=Busy&runnerVersion=2.338.0&os=Linux&architecture=X64",
      R"({"runnerRequestId":"request-1"})");
}

TEST(Requests, PollAndSessionEndHaveNoBody) {
  HttpRequest const poll = message_request(sample_caller(), false);
  EXPECT_EQ(poll.method, HttpMethod::get);
  EXPECT_EQ(
      poll.url,
      "http://h/broker/message?sessionId=session-1&status=Online&runnerVersion=2.338.0&os=Linux"
      "&architecture=X64&disableUpdate=true");
  EXPECT_GT(poll.timeout, std::chrono::seconds(50)) << "the service holds a poll for so long";
  EXPECT_THAT(message_request(sample_caller(), true).url, ::testing::HasSubstr("status=Busy"));
  HttpRequest const end = delete_session_request(sample_caller());
  EXPECT_EQ(end.method, HttpMethod::del);
  EXPECT_EQ(end.url, "http://h/broker/session") << "the token names the session";
  HttpRequest const first = connection_data_request(sample_caller());
  EXPECT_EQ(first.method, HttpMethod::get);
  EXPECT_THAT(first.url, ::testing::StartsWith("http://h/first/_apis/connectionData?"));
}

TEST(Requests, AboutTheJobHaveItsOwnToken) {
  PretendJob job = sample_job();
  job.token = "job-token";
  job.run_service_url = "http://run/";
  job.results_url = "http://results/";
  job.step_id = "step-1";
  job.step_name = "Run x";
  Timestamp const now{std::chrono::milliseconds(1'700'000'000'000)};
  for (HttpRequest const& request :
       {renew_request(sample_caller(), sample_offer(), job),
        complete_request(sample_caller(), sample_offer(), job, "failed"),
        update_steps_request(job, "failed", now), log_url_request(job),
        describe_log_request(job, "a\nb\n", now)}) {
    EXPECT_THAT(request.headers, Contains(Pair("Authorization", "Bearer job-token")));
  }
  EXPECT_EQ(renew_request(sample_caller(), sample_offer(), job).url, "http://run/renewjob");
  EXPECT_EQ(log_url_request(job).url,
            "http://results/twirp/results.services.receiver.Receiver/GetJobLogsSignedBlobURL");
  EXPECT_EQ(json::parse(log_url_request(job).body),
            json::parse(R"({"workflow_run_backend_id":"plan-1",
                            "workflow_job_run_backend_id":"job-1"})"));
  EXPECT_EQ(json::parse(describe_log_request(job, "a\nb\n", now).body).at("line_count"), 2);
  json::value const steps = json::parse(update_steps_request(job, "failed", now).body);
  EXPECT_EQ(steps.at_pointer("/steps/0/external_id"), "step-1");
  EXPECT_EQ(steps.at_pointer("/steps/0/conclusion"), 3);
  HttpRequest const upload = put_log_request("http://blob/x?sig=1", "text");
  EXPECT_EQ(upload.method, HttpMethod::put);
  EXPECT_EQ(upload.body, "text");
  EXPECT_THAT(upload.headers, Contains(Pair("x-ms-blob-type", "BlockBlob")));
  EXPECT_EQ(log_text("a\nb", now),
            "\xef\xbb\xbf"
            "2023-11-14T22:13:20Z a\n2023-11-14T22:13:20Z b\n");
}

constexpr char const* kJob = R"({"messageType":"RunnerJobRequest","plan":{"planId":"p"},"jobId":"j",
    "jobDisplayName":"build","requestId":1,
    "variables":{VARIABLES"system.github.results_endpoint":{"value":"http://results/"}},
    "steps":[{"id":"s","reference":{"type":"script"},"displayNameToken":{"type":0,"lit":"Run x"},
              "inputs":{"type":2,"map":[{"Key":{"lit":"script"},"Value":{"lit":"exit 3"}}]}}],
    "resources":{"endpoints":[{"name":"Other"},{"name":"SystemVssConnection","url":"http://run/1",
      "authorization":{"scheme":"OAuth","parameters":{"AccessToken":"job-token"}}}]}})";

std::optional<PretendJob> read_job_with(std::string const& variables) {
  std::string text = kJob;
  text.replace(text.find("VARIABLES"), 9, variables);
  return read_job(text);
}

TEST(ReadJob, ReadsWhatToDoAndWhere) {
  std::optional<PretendJob> const job = read_job_with("");
  ASSERT_TRUE(job);
  EXPECT_EQ(job->script, "exit 3");
  EXPECT_EQ(job->token, "job-token");
  EXPECT_EQ(job->run_service_url, "http://run/1/");
  EXPECT_EQ(job->results_url, "http://results/");
  EXPECT_EQ(job->step_id, "s");
  EXPECT_EQ(job->step_name, "Run x");
}

TEST(ReadJob, ReadsWhatToPretend) {
  std::optional<PretendJob> const job =
      read_job_with(R"("simulator.durationMilliseconds":{"value":"1500"},
                       "simulator.result":{"value":"failed"},)");
  ASSERT_TRUE(job);
  EXPECT_EQ(job->plan_id, "p");
  EXPECT_EQ(job->job_id, "j");
  EXPECT_EQ(job->name, "build");
  EXPECT_EQ(job->duration, std::chrono::milliseconds(1500));
  EXPECT_EQ(job->result, "failed");
  EXPECT_EQ(job->script, "") << "it waits instead of running the step";
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
    EXPECT_EQ(read_broker_error(text).kind, "") << text;
    EXPECT_FALSE(read_log_url(text)) << text;
  }
  EXPECT_FALSE(read_message("x"));
  EXPECT_FALSE(read_cancelled_job_id("x"));
}

TEST(ReadAnswers, ReadWhatIsThere) {
  EXPECT_EQ(read_access_token(R"({"access_token":"t","expires_in":3600})"), "t");
  BrokerError const error =
      read_broker_error(R"({"errorKind":"RunnerNotFound","errorMessage":"gone"})");
  EXPECT_EQ(error.kind, "RunnerNotFound");
  EXPECT_EQ(error.message, "gone");
  EXPECT_EQ(read_log_url(R"({"logs_url":"http://blob/x"})"), "http://blob/x");
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
