#include "cli/json_output.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace scaleset::cli {
namespace {

std::string print(boost::json::value const& value) { return boost::json::serialize(value); }

TEST(JsonOutput, ScaleSet) {
  ScaleSet scale_set;
  scale_set.id = ScaleSetId{5};
  scale_set.name = "my-set";
  scale_set.group_name = "Default";
  scale_set.labels = {Label("linux")};
  EXPECT_EQ(print(to_json(scale_set)),
            R"({"id":5,"name":"my-set","runnerGroupId":1,"runnerGroupName":"Default",)"
            R"("labels":[{"name":"linux","type":"System"}],"disableUpdate":false,)"
            R"("createdOn":null,"statistics":null})");
}

TEST(JsonOutput, ScaleSetWithStatisticsAndTime) {
  ScaleSet scale_set;
  scale_set.created_on = Timestamp(std::chrono::seconds(1));
  scale_set.statistics.emplace().assigned_jobs = 3;
  auto const text = print(to_json(scale_set));
  EXPECT_NE(text.find(R"("createdOn":"1970-01-01T00:00:01Z")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("totalAssignedJobs":3)"), std::string::npos) << text;
}

TEST(JsonOutput, RunnerHasOnlyWhatTheServiceSent) {
  Runner runner;
  runner.id = RunnerId{12};
  runner.name = "runner-1";
  EXPECT_EQ(print(to_json(runner)), R"({"id":12,"name":"runner-1","runnerScaleSetId":0})");
  runner.status = "online";
  runner.busy = true;
  EXPECT_EQ(print(to_json(runner)),
            R"({"id":12,"name":"runner-1","runnerScaleSetId":0,"status":"online","busy":true})");
}

TEST(JsonOutput, EventsCarryTheirMessage) {
  JobCompleted completed;
  completed.job.job_id = "7f2c";
  completed.result = "canceled";
  auto const text = print(to_json(JobMessage(completed), MessageId{9}));
  EXPECT_TRUE(text.starts_with(R"({"event":"job_completed","messageId":9,"result":"canceled",)"
                               R"("runnerId":0,"runnerName":"","job":{"runnerRequestId":0,)"
                               R"("jobId":"7f2c",)"))
      << text;
  EXPECT_TRUE(print(to_json(JobMessage(JobAvailable()), MessageId{1}))
                  .starts_with(R"({"event":"job_available")"));
  EXPECT_TRUE(print(to_json(JobMessage(JobAssigned()), MessageId{1}))
                  .starts_with(R"({"event":"job_assigned")"));
  EXPECT_TRUE(print(to_json(JobMessage(JobStarted()), MessageId{1}))
                  .starts_with(R"({"event":"job_started")"));
  UnknownJobMessage unknown;
  unknown.type = "JobPaused";
  EXPECT_EQ(print(to_json(JobMessage(unknown), MessageId{1})),
            R"({"event":"unknown","messageId":1,"messageType":"JobPaused","problem":""})");
}

TEST(JsonOutput, InvalidUtf8IsReplaced) {
  RunnerGroup group;
  group.name = "a\xff";
  EXPECT_EQ(print(to_json(group)),
            "{\"id\":0,\"name\":\"a\xef\xbf\xbd\",\"isDefaultGroup\":false}");
}

TEST(JsonOutput, AccessHoldsNoToken) {
  AccessInfo access;
  access.service_url = "https://example.com/tenant";
  access.scopes = {"Actions.Read"};
  EXPECT_EQ(
      print(to_json(access)),
      R"({"serviceUrl":"https://example.com/tenant","expiresAt":null,"scopes":["Actions.Read"]})");
}

TEST(JsonOutput, AnEndOfAVersionThatIsNotKnownIsNull) {
  RunnerDeprecation deprecation;
  deprecation.version = "2.338.0";
  deprecation.registration_deprecates_at = Timestamp{};
  EXPECT_EQ(print(to_json(deprecation)),
            R"({"runner_version":"2.338.0","registration_deprecates_at":"1970-01-01T00:00:00Z",)"
            R"("runtime_deprecates_at":null})");
}

/// Each field has a value of its own, so that none can stand in the place of another.
JobInfo full_job() {
  JobInfo job;
  job.request = RequestId{1};
  job.job_id = "job";
  job.job_display_name = "display";
  job.workflow_ref = "octo/tools/.github/workflows/ci.yml@refs/heads/main";
  job.event_name = "push";
  job.owner = "octo";
  job.repository = "tools";
  job.workflow_run_id = 2;
  job.labels = {"linux", "gpu"};
  job.queued_at = Timestamp(std::chrono::seconds(1));
  job.assigned_at = Timestamp(std::chrono::seconds(2));
  job.runner_assigned_at = Timestamp(std::chrono::seconds(3));
  job.finished_at = Timestamp(std::chrono::seconds(4));
  return job;
}

constexpr char const* kFullJob =
    R"("job":{"runnerRequestId":1,"jobId":"job","jobDisplayName":"display",)"
    R"("jobWorkflowRef":"octo/tools/.github/workflows/ci.yml@refs/heads/main",)"
    R"("eventName":"push","ownerName":"octo","repositoryName":"tools","workflowRunId":2,)"
    R"("requestLabels":["linux","gpu"],"queueTime":"1970-01-01T00:00:01Z",)"
    R"("scaleSetAssignTime":"1970-01-01T00:00:02Z","runnerAssignTime":"1970-01-01T00:00:03Z",)"
    R"("finishTime":"1970-01-01T00:00:04Z"})";

TEST(JsonOutput, EachEventHasAllThatIsKnownOfItsJob) {
  JobAvailable available;
  available.job = full_job();
  EXPECT_EQ(print(to_json(JobMessage(available), MessageId{7})),
            std::string(R"({"event":"job_available","messageId":7,)") + kFullJob + "}");
  JobAssigned assigned;
  assigned.job = full_job();
  EXPECT_EQ(print(to_json(JobMessage(assigned), MessageId{7})),
            std::string(R"({"event":"job_assigned","messageId":7,)") + kFullJob + "}");
  JobStarted started;
  started.job = full_job();
  started.runner = RunnerId{12};
  started.runner_name = "r";
  EXPECT_EQ(print(to_json(JobMessage(started), MessageId{7})),
            std::string(R"({"event":"job_started","messageId":7,"runnerId":12,"runnerName":"r",)") +
                kFullJob + "}");
  JobCompleted completed;
  completed.job = full_job();
  completed.runner = RunnerId{12};
  completed.runner_name = "r";
  completed.result = "succeeded";
  EXPECT_EQ(print(to_json(JobMessage(completed), MessageId{7})),
            std::string(R"({"event":"job_completed","messageId":7,"result":"succeeded",)") +
                R"("runnerId":12,"runnerName":"r",)" + kFullJob + "}");
}

TEST(JsonOutput, WhatIsNotKnownOfAJobIsNullOrEmpty) {
  auto const text = print(to_json(JobMessage(JobAvailable()), MessageId{1}));
  EXPECT_NE(text.find(R"("requestLabels":[],"queueTime":null,"scaleSetAssignTime":null,)"
                      R"("runnerAssignTime":null,"finishTime":null)"),
            std::string::npos)
      << text;
}

TEST(JsonOutput, StatisticsHaveTheNamesOfTheService) {
  Statistics statistics;
  statistics.available_jobs = 1;
  statistics.acquired_jobs = 2;
  statistics.assigned_jobs = 3;
  statistics.running_jobs = 4;
  statistics.registered_runners = 5;
  statistics.busy_runners = 6;
  statistics.idle_runners = 7;
  EXPECT_EQ(print(statistics_event(statistics, MessageId{9})),
            R"({"event":"statistics","messageId":9,"statistics":{"totalAvailableJobs":1,)"
            R"("totalAcquiredJobs":2,"totalAssignedJobs":3,"totalRunningJobs":4,)"
            R"("totalRegisteredRunners":5,"totalBusyRunners":6,"totalIdleRunners":7}})");
}

TEST(JsonOutput, AJitConfigurationIsPrintedWithItsRunner) {
  JitConfig config;
  config.runner.id = RunnerId{12};
  config.runner.name = "r";
  config.runner.scale_set = ScaleSetId{5};
  config.encoded = Secret("ZXk=");
  EXPECT_EQ(print(to_json(config)),
            R"({"runner":{"id":12,"name":"r","runnerScaleSetId":5},"encodedJitConfig":"ZXk="})");
}

TEST(JsonOutput, ManyAreAnArray) {
  RunnerGroup one;
  one.id = RunnerGroupId{1};
  one.name = "Default";
  one.is_default = true;
  RunnerGroup two;
  two.id = RunnerGroupId{2};
  two.name = "gpus";
  EXPECT_EQ(print(to_json(std::vector{one, two})),
            R"([{"id":1,"name":"Default","isDefaultGroup":true},)"
            R"({"id":2,"name":"gpus","isDefaultGroup":false}])");
  EXPECT_EQ(print(to_json(std::vector<Runner>())), "[]");
}

}  // namespace
}  // namespace scaleset::cli
