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

}  // namespace
}  // namespace scaleset::cli
