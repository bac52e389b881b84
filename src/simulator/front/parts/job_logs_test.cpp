#include "simulator/front/parts/job_logs.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace scaleset::simulator {
namespace {

namespace json = boost::json;

std::string text_of(JobLogs const& logs, std::string_view job) {
  return std::string(logs.view(job).value().at("logs").at(0).at("text").as_string());
}

TEST(JobLogs, AreReplacedAppendedToAndCompleted) {
  JobLogs logs;
  LogName const whole{"job", "-"};
  EXPECT_FALSE(logs.view("j"));
  logs.replace("j", whole, "first");
  logs.replace("j", whole, "\xef\xbb\xbfone\n");
  logs.append("j", whole, "two\n");
  logs.append("j", {"step", "s"}, "other\n");
  EXPECT_EQ(text_of(logs, "j"), "one\ntwo\n");
  EXPECT_FALSE(logs.view("j")->at("logs").at(0).at("complete").as_bool());
  logs.complete("j", whole, 2);
  json::value const seen = logs.view("j").value();
  EXPECT_TRUE(seen.at_pointer("/logs/0/complete").as_bool());
  EXPECT_EQ(seen.at_pointer("/logs/0/lines"), 2);
  EXPECT_EQ(seen.at_pointer("/logs/1/kind"), "step");
  EXPECT_EQ(seen.at_pointer("/logs/1/step"), "s");
}

TEST(JobLogs, AStepThatIsReportedAgainTakesThePlaceOfTheEarlierReport) {
  JobLogs logs;
  logs.update_steps("j", json::parse(R"([{"external_id":"a","status":1},7])").as_array());
  logs.update_steps(
      "j",
      json::parse(R"([{"external_id":"b","status":1},{"external_id":"a","status":2}])").as_array());
  json::value const seen = logs.view("j").value();
  EXPECT_EQ(seen.at("steps").as_array().size(), 3U);
  EXPECT_EQ(seen.at_pointer("/steps/0/status"), 2);
}

TEST(JobLogs, ThereIsALimitToTheSteps) {
  JobLogs logs;
  logs.update_steps("j", json::array(5000, json::value(1)));
  EXPECT_EQ(logs.view("j")->at("steps").as_array().size(), 1000U);
}

TEST(JobLogs, TheOldestAreForgottenWhenThereIsTooMuch) {
  JobLogs logs(10);
  LogName const whole{"job", "-"};
  logs.replace("old", whole, "123456");
  logs.replace("new", whole, "1234");
  EXPECT_TRUE(logs.view("old"));
  logs.append("new", whole, "5");
  EXPECT_FALSE(logs.view("old"));
  EXPECT_EQ(text_of(logs, "new"), "12345");
  logs.append("new", whole, std::string(10, 'x'));
  EXPECT_FALSE(logs.view("new"));
}

}  // namespace
}  // namespace scaleset::simulator
