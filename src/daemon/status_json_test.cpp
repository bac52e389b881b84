#include "daemon/status_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "scaleset/version.hpp"

namespace scaleset::daemon {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// Ten minutes after the process began, at 01:10.
Now ten_past_one() {
  Now now;
  now.steady = fleet::TimePoint(10min);
  now.wall = std::chrono::sys_days(std::chrono::year{2026} / 11 / 27) + 70min;
  return now;
}

json::value status(Snapshot const& snapshot) {
  return json::parse(status_json(snapshot, ten_past_one(), 77));
}

SetSnapshot linux_set() {
  SetSnapshot set;
  set.owner = base::OwnerKey::make("https://github.com/octo", "gpus", "linux").value();
  set.id = ScaleSetId{5};
  return set;
}

json::value of_set(SetSnapshot const& set) {
  Snapshot snapshot;
  snapshot.sets.push_back(set);
  return status(snapshot).at("sets").at(0);
}

TEST(StatusJson, TellsWhatIsWrongWithTheProcess) {
  Snapshot snapshot;
  snapshot.problems = {"the file x.toml cannot be used", "bytes \xff of an engine"};
  auto const written = status(snapshot);
  EXPECT_EQ(written.at("version"), json::string_view(kVersion));
  EXPECT_EQ(written.at("processId"), json::value(77));
  EXPECT_EQ(written.at("time"), "2026-11-27T01:10:00Z");
  EXPECT_EQ(written.at("problems").at(0), "the file x.toml cannot be used");
  EXPECT_EQ(written.at("problems").as_array().size(), 2U);
  EXPECT_TRUE(written.at("sets").as_array().empty());
}

TEST(StatusJson, OneThatIsNotReadySaysWhyAndSinceWhen) {
  SetSnapshot set = linux_set();
  set.readiness = Readiness::failing;
  set.reason = "runners do not start: no disk";
  set.since = fleet::TimePoint(5min);
  set.problems.emplace_back("runners do not start: no disk", fleet::TimePoint(5min), 3);
  auto const written = of_set(set);
  EXPECT_EQ(written.at("address"), "https://github.com/octo/gpus/linux");
  EXPECT_EQ(written.at("id"), json::value(5));
  EXPECT_EQ(written.at("ready"), json::value(false));
  EXPECT_EQ(written.at("state"), "failing");
  EXPECT_EQ(written.at("reason"), "runners do not start: no disk");
  EXPECT_EQ(written.at("since"), "2026-11-27T01:05:00Z");
  EXPECT_EQ(written.at("problems").at(0).at("failures"), json::value(3));
  EXPECT_EQ(written.at("problems").at(0).at("since"), "2026-11-27T01:05:00Z");
}

TEST(StatusJson, WhatIsNotKnownIsNull) {
  auto const written = of_set(linux_set());
  for (auto const* const name : {"since", "wanted", "jobs"})
    EXPECT_TRUE(written.at(name).is_null()) << name;
}

TEST(StatusJson, TheBudgetIsNamedWithWhatItGives) {
  SetSnapshot set = linux_set();
  EXPECT_FALSE(of_set(set).as_object().contains("budget"));
  set.budget = "hosts";
  EXPECT_FALSE(of_set(set).at("budget").as_object().contains("mayHave")) << "not known yet";
  set.share = fleet::Share{3, 4};
  EXPECT_EQ(of_set(set).at("budget").at("name"), "hosts");
  EXPECT_EQ(of_set(set).at("budget").at("mayHave"), json::value(3));
}

TEST(StatusJson, TheScheduleIsToldByItsLineAndItsEnd) {
  SetSnapshot set = linux_set();
  EXPECT_TRUE(of_set(set).at("schedule").is_null()) << "it has none";
  set.schedule.emplace();
  set.schedule->until = std::chrono::sys_days(std::chrono::year{2026} / 11 / 27) + 8h;
  EXPECT_EQ(of_set(set).at("schedule"),
            json::parse(R"({"cron":null,"zone":null,"until":"2026-11-27T08:00:00Z"})"));
  set.schedule->cron = "0 8 * * mon-fri";
  set.schedule->zone = "Europe/Berlin";
  EXPECT_EQ(of_set(set).at("schedule").at("cron"), "0 8 * * mon-fri");
  EXPECT_EQ(of_set(set).at("schedule").at("zone"), "Europe/Berlin");
}

TEST(StatusJson, RunnersHaveTheirJobs) {
  SetSnapshot set = linux_set();
  set.counts.busy = 1;
  fleet::Runner& runner = set.runners["linux-1"];
  runner.state = fleet::RunnerState::busy;
  runner.since = fleet::TimePoint(1min);
  runner.id = RunnerId{101};
  JobInfo job;
  job.job_display_name = "build";
  job.owner = "octo";
  job.repository = "tools";
  job.workflow_run_id = 7;
  runner.job = job;
  set.runners["linux-2"];
  auto const written = of_set(set);
  EXPECT_EQ(written.at("counts").at("busy"), json::value(1));
  auto const& first = written.at("runners").at(0);
  EXPECT_EQ(first.at("name"), "linux-1");
  EXPECT_EQ(first.at("state"), "busy");
  EXPECT_EQ(first.at("since"), "2026-11-27T01:01:00Z");
  EXPECT_EQ(first.at("id"), json::value(101));
  EXPECT_EQ(first.at("job").at("repository"), "octo/tools");
  EXPECT_EQ(first.at("job").at("workflowRunId"), json::value(7));
  EXPECT_TRUE(written.at("runners").at(1).at("job").is_null());
  EXPECT_TRUE(written.at("runners").at(1).at("id").is_null());
}

}  // namespace
}  // namespace scaleset::daemon
