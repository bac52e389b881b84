#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"
#include "protocol/wire/codec.hpp"

namespace scaleset::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A real one, as logged from the wire (protocol.md 6.5).
std::string const kRealAssigned =
    R"({"messageType":"JobAssigned","repositoryName":"github-actions-gateway","ownerName":"actions-gateway","workflowRunId":30225287326,
 "jobDisplayName":"probe-fast","eventName":"workflow_dispatch",
 "jobWorkflowRef":"actions-gateway/github-actions-gateway/.github/workflows/scaleset-probe.yml@refs/heads/main",
 "requestLabels":["gag-probe-scaleset"],"scaleSetAssignTime":"2026-07-26T23:29:36Z","jobId":"bd59f43d-2e1a-567a-b5a4-c147b94d0766","runnerRequestId":0})";
std::string const kAvailable =
    R"({"messageType":"JobAvailable","acquireJobUrl":"https://ghes/_apis/runtime/runnerscalesets/5/acquirejobs","runnerRequestId":7848922,"repositoryName":"r","ownerName":"o","jobId":"","jobWorkflowRef":"o/r/.github/workflows/ci.yml@refs/heads/main","jobDisplayName":"build","workflowRunId":123,"eventName":"push","requestLabels":["arc-runner-set"],"queueTime":"2026-07-26T23:29:35.1234567Z","scaleSetAssignTime":"0001-01-01T00:00:00Z","runnerAssignTime":"0001-01-01T00:00:00Z","finishTime":"0001-01-01T00:00:00Z"})";
std::string const kStarted =
    R"({"messageType":"JobStarted","runnerId":12,"runnerName":"runner-1","runnerRequestId":0,"jobId":"bd59f43d","runnerAssignTime":"2026-07-26T23:29:45Z"})";
std::string const kCompleted =
    R"({"messageType":"JobCompleted","result":"succeeded","runnerId":12,"runnerName":"runner-1","runnerRequestId":0,"jobId":"bd59f43d","finishTime":"2026-07-26T23:31:00Z"})";
std::string const kCanceled =
    R"({"messageType":"JobCompleted","result":"canceled","runnerId":0,"runnerName":"","runnerRequestId":0,"jobId":"bd59f43d","finishTime":"2026-07-28T23:52:38Z"})";

std::string const kStatistics =
    R"("statistics":{"totalAvailableJobs":0,"totalAcquiredJobs":0,"totalAssignedJobs":1,"totalRunningJobs":0,"totalRegisteredRunners":0,"totalBusyRunners":0,"totalIdleRunners":0})";

/// An envelope whose body is `raw`, a JSON value.
std::string envelope_with(std::string const& raw) {
  return R"({"messageId":100000001,"messageType":"RunnerScaleSetJobMessages","body":)" + raw + "," +
         kStatistics + "}";
}

Message decode_jobs(std::string const& body) {
  auto message = decode_message(envelope_with(base::json_quote(body)));
  EXPECT_TRUE(message.has_value()) << message.error().message;
  return message.value_or(Message());
}

/// The problem of a message whose only entry could not be read.
std::string problem_of(std::string const& body) {
  Message const message = decode_jobs(body);
  EXPECT_EQ(message.jobs.size(), 1U);
  auto const* unknown = std::get_if<UnknownJobMessage>(&message.jobs.at(0));
  return unknown != nullptr ? unknown->problem : "(it was read)";
}

JobAssigned assigned_with(std::string const& field) {
  Message const message = decode_jobs(R"([{"messageType":"JobAssigned",)" + field + "}]");
  return std::get<JobAssigned>(message.jobs.at(0));
}

TEST(DecodeMessage, ReadsTheRealOne) {
  Message const message = decode_jobs("[" + kRealAssigned + "]");
  EXPECT_EQ(message.id, MessageId{100000001});
  ASSERT_TRUE(message.statistics.has_value());
  EXPECT_EQ(message.statistics->assigned_jobs, 1);
  ASSERT_EQ(message.jobs.size(), 1U);
  auto const& job = std::get<JobAssigned>(message.jobs[0]).job;
  EXPECT_EQ(job.request, RequestId{0});
  EXPECT_EQ(job.job_id, "bd59f43d-2e1a-567a-b5a4-c147b94d0766");
  EXPECT_EQ(job.job_display_name, "probe-fast");
  EXPECT_THAT(job.workflow_ref, HasSubstr("scaleset-probe.yml@refs/heads/main"));
  EXPECT_EQ(job.event_name, "workflow_dispatch");
  EXPECT_EQ(job.owner, "actions-gateway");
  EXPECT_EQ(job.repository, "github-actions-gateway");
  EXPECT_EQ(job.workflow_run_id, 30225287326);
  EXPECT_THAT(job.labels, ElementsAre("gag-probe-scaleset"));
  EXPECT_EQ(job.assigned_at, base::parse_rfc3339("2026-07-26T23:29:36Z"));
  EXPECT_FALSE(job.queued_at || job.runner_assigned_at || job.finished_at);
}

TEST(DecodeMessage, ReadsEveryKind) {
  Message const message = decode_jobs("[" + kAvailable + "," + kRealAssigned + "," + kStarted +
                                      "," + kCompleted + "," + kCanceled + "]");
  ASSERT_EQ(message.jobs.size(), 5U);
  auto const& available = std::get<JobAvailable>(message.jobs[0]);
  EXPECT_EQ(available.job.request, RequestId{7848922});
  EXPECT_EQ(available.acquire_url, "https://ghes/_apis/runtime/runnerscalesets/5/acquirejobs");
  EXPECT_EQ(available.job.queued_at, base::parse_rfc3339("2026-07-26T23:29:35.123Z"));
  EXPECT_FALSE(available.job.assigned_at.has_value());
  EXPECT_TRUE(std::holds_alternative<JobAssigned>(message.jobs[1]));
  auto const& started = std::get<JobStarted>(message.jobs[2]);
  EXPECT_EQ(started.runner, RunnerId{12});
  EXPECT_EQ(started.runner_name, "runner-1");
  EXPECT_TRUE(started.job.runner_assigned_at.has_value());
  auto const& completed = std::get<JobCompleted>(message.jobs[3]);
  EXPECT_EQ(completed.result, "succeeded");
  EXPECT_EQ(completed.runner, RunnerId{12});
  EXPECT_TRUE(completed.job.finished_at.has_value());
  auto const& canceled = std::get<JobCompleted>(message.jobs[4]);
  EXPECT_EQ(canceled.result, "canceled");
  EXPECT_EQ(canceled.runner, RunnerId{0});
  EXPECT_EQ(canceled.runner_name, "");
}

TEST(DecodeMessage, TakesNoBodyAsNoJobs) {
  for (std::string const raw : {"null", R"("")", R"("null")", R"("[]")", R"(" [ ] ")"}) {
    auto const message = decode_message(envelope_with(raw));
    ASSERT_TRUE(message.has_value()) << raw;
    EXPECT_TRUE(message->jobs.empty()) << raw;
  }
  auto const missing =
      decode_message(R"({"messageId":1,"messageType":"RunnerScaleSetJobMessages"})");
  ASSERT_TRUE(missing.has_value());
  EXPECT_TRUE(missing->jobs.empty());
  EXPECT_FALSE(missing->statistics.has_value());
}

// ---- The parse matrix of protocol.md 6.4; where the reference fails the batch, we keep what can
// be read (W-24).

TEST(DecodeMessage, KeepsUnknownKinds) {
  Message const message =
      decode_jobs(R"([{"messageType":"JobPaused","x":1},{},null,{"messageType":"jobassigned"}])");
  ASSERT_EQ(message.jobs.size(), 4U);
  for (auto const& job : message.jobs) {
    EXPECT_EQ(std::get<UnknownJobMessage>(job).problem, "");
  }
  EXPECT_EQ(std::get<UnknownJobMessage>(message.jobs[0]).type, "JobPaused");
  EXPECT_EQ(std::get<UnknownJobMessage>(message.jobs[1]).type, "");
  EXPECT_EQ(std::get<UnknownJobMessage>(message.jobs[3]).type, "jobassigned");
}

TEST(DecodeMessage, SkipsABadEntryAndDeliversItsSiblings) {
  Message const message = decode_jobs(R"([1,{"messageType":"JobAssigned","jobId":1448},)" +
                                      kStarted + R"(,{"messageType":7}])");
  ASSERT_EQ(message.jobs.size(), 4U);
  EXPECT_EQ(std::get<UnknownJobMessage>(message.jobs[0]).problem, "the entry is not a JSON object");
  auto const& bad = std::get<UnknownJobMessage>(message.jobs[1]);
  EXPECT_EQ(bad.type, "JobAssigned");
  EXPECT_EQ(bad.problem, "the field jobId is not text");
  EXPECT_TRUE(std::holds_alternative<JobStarted>(message.jobs[2]));
  EXPECT_EQ(std::get<UnknownJobMessage>(message.jobs[3]).problem,
            "the field messageType is not text");
}

TEST(DecodeMessage, TakesNullFieldsAsZero) {
  auto const job = assigned_with(R"("jobId":null,"requestLabels":null,"queueTime":null)").job;
  EXPECT_EQ(job.job_id, "");
  EXPECT_TRUE(job.labels.empty());
  EXPECT_FALSE(job.queued_at.has_value());
}

TEST(DecodeMessage, AcceptsAnyTime) {
  auto const queued = [](std::string const& time) {
    return assigned_with("\"queueTime\":\"" + time + "\"").job.queued_at;
  };
  EXPECT_EQ(queued(""), std::nullopt);
  EXPECT_EQ(queued("0001-01-01T00:00:00"), std::nullopt);
  EXPECT_EQ(queued("soon"), std::nullopt);
  auto const expected = base::parse_rfc3339("2026-07-26T23:29:35.123Z");
  ASSERT_TRUE(expected.has_value());
  EXPECT_EQ(queued("2026-07-26T23:29:35.1234567Z"), expected);
  EXPECT_EQ(queued("2026-07-26T23:29:35.1234567891Z"), expected);
  EXPECT_EQ(queued("2026-07-27T01:29:35.123+02:00"), expected);
  EXPECT_EQ(queued("2026-07-26T23:29:35.123"), expected);
}

TEST(DecodeMessage, ReportsABodyItCannotReadAsAnEntry) {
  EXPECT_THAT(problem_of("[{"), HasSubstr("the field body"));
  EXPECT_THAT(problem_of("[] x"), HasSubstr("the field body"));
  EXPECT_THAT(problem_of("{}"), HasSubstr("the field body does not hold a list"));
  EXPECT_THAT(problem_of("\\ud800"), HasSubstr("the field body"));
  auto const array = decode_message(envelope_with("[" + kStarted + "]"));
  ASSERT_TRUE(array.has_value());
  EXPECT_THAT(std::get<UnknownJobMessage>(array->jobs.at(0)).problem,
              HasSubstr("the field body is not text"));
  EXPECT_EQ(array->id, MessageId{100000001});
  EXPECT_TRUE(array->statistics.has_value());
}

TEST(DecodeMessage, KeepsAMessageOfAnotherType) {
  for (std::string const type : {"Other", "runnerscalesetjobmessages"}) {
    auto const message = decode_message(R"({"messageId":7,"messageType":")" + type +
                                        R"(","body":"[]",)" + kStatistics + "}");
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->id, MessageId{7});
    auto const& unknown = std::get<UnknownJobMessage>(message->jobs.at(0));
    EXPECT_EQ(unknown.type, type);
    EXPECT_THAT(unknown.problem, HasSubstr("unsupported type"));
  }
}

TEST(DecodeMessage, ReadsTheEnvelopeLeniently) {
  std::string const body = envelope_with(base::json_quote("[" + kStarted + "]"));
  for (std::string const& text : {"\xEF\xBB\xBF" + body, body + "garbage", body + "\n"}) {
    auto const message = decode_message(text);
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->jobs.size(), 1U);
  }
  auto const other_case = decode_message(
      R"({"MESSAGEID":9,"MessageType":"RunnerScaleSetJobMessages","BODY":"[{}]","Statistics":{"TOTALASSIGNEDJOBS":4}})");
  ASSERT_TRUE(other_case.has_value());
  EXPECT_EQ(other_case->id, MessageId{9});
  EXPECT_EQ(other_case->jobs.size(), 1U);
  EXPECT_EQ(other_case->statistics->assigned_jobs, 4);
}

TEST(DecodeMessage, NeedsAnIdToGoOnWith) {
  for (std::string const body :
       {"{}", "null", "[]", "oops", "", R"({"messageId":1.0})", R"({"messageId":"1"})",
        R"({"messageId":9223372036854775808})", R"({"messageId":0})", R"({"messageId":-4})",
        R"({"messageType":"RunnerScaleSetJobMessages","body":"[]"})"}) {
    auto const message = decode_message(body);
    ASSERT_FALSE(message.has_value()) << body;
    EXPECT_EQ(message.error().code, ErrorCode::malformed_response);
  }
}

TEST(DecodeMessage, LeavesOutStatisticsThatAreNone) {
  for (std::string const statistics : {"null", "[]", R"({"totalAssignedJobs":1.5})"}) {
    auto const message = decode_message(
        R"({"messageId":7,"messageType":"RunnerScaleSetJobMessages","body":"[]","statistics":)" +
        statistics + "}");
    ASSERT_TRUE(message.has_value());
    EXPECT_FALSE(message->statistics.has_value()) << statistics;
  }
}

}  // namespace
}  // namespace scaleset::protocol
