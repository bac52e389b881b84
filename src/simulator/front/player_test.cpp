#include "simulator/front/player.hpp"

#include <filesystem>

#include "simulator/front/testing/running_simulator.hpp"
#include "simulator/scenario/scenario.hpp"

namespace scaleset::simulator {
namespace {

using ::testing::HasSubstr;
using testing::RunningSimulator;

class PlayerTest : public RunningSimulator {
 protected:
  static Timeline timeline(std::string_view text) {
    return parse_scenario(text, ScenarioFormat::toml, "s.toml").value();
  }
  void start_with(Timeline played, bool virtual_clock) {
    stop();
    options.timeline = std::move(played);
    options.virtual_clock = virtual_clock;
    start();
  }
  void advance(int seconds) {
    call("POST", "/_sim/clock/advance", "", R"({"seconds":)" + std::to_string(seconds) + "}");
  }
  /// Until there are so many jobs that are in that state.
  void wait_for_jobs(std::size_t count, std::string const& wanted) {
    for (std::size_t found = count + 1; found != count;) {
      found = 0;
      boost::json::value const now = state();
      for (auto const& tenant : now.at("tenants").as_array())
        for (auto const& job : tenant.at("jobs").as_array())
          found += text(job, "/state") == wanted ? 1U : 0U;
    }
  }
};

TEST_F(PlayerTest, PlaysWhenTheMachinesClockHasComeToIt) {
  start_with(timeline(R"(
[[event]]
at = "20ms"
every = "1ms"
times = 3
jobs = { labels = ["set"], tenant = "my-org", count = 2 }
)"),
             false);
  wait_for_jobs(6, "queued");
}

TEST_F(PlayerTest, PlaysWhenAVirtualClockHasComeToIt) {
  start_with(timeline(R"(
[[event]]
jobs = { labels = ["set"], tenant = "my-org" }
name = "first"
[[event]]
at = "1h"
jobs = { labels = ["set"], tenant = "my-org" }
[[event]]
at = "2h"
cancel = "first"
)"),
             true);
  wait_for_jobs(1, "queued");
  advance(3599);
  let_it_arrive();
  wait_for_jobs(1, "queued");
  advance(1);
  wait_for_jobs(2, "queued");
  advance(3600);
  wait_for_jobs(1, "completed");
}

TEST_F(PlayerTest, AdvancesAVirtualClockItself) {
  start_with(timeline(R"(
[[event]]
advance = "2h"
[[event]]
at = "1h"
jobs = { labels = ["set"], tenant = "my-org" }
)"),
             true);
  wait_for_jobs(1, "queued");
}

TEST_F(PlayerTest, FaultsComeAndGo) {
  start_with(timeline(R"(
[[event]]
fault = { route = "registration_token", status = 503 }
[[event]]
at = "1h"
clear_faults = true
)"),
             true);
  let_it_arrive();
  EXPECT_EQ(call("POST", "/api/v3/orgs/o/actions/runners/registration-token", "Bearer PAT").status,
            503);
  advance(3600);
  let_it_arrive();
  EXPECT_EQ(call("POST", "/api/v3/orgs/o/actions/runners/registration-token", "Bearer PAT").status,
            201);
}

TEST_F(PlayerTest, NothingStartsWithACallThatWouldBeRefused) {
  std::map<std::string, std::string> const texts = {
      {"jobs = { labels = [] }", "labels: must be a list"},
      {"jobs = { labels = ['set'], tenant = 'o', count = 0 }", "count"},
      {"fault = { route = 'nowhere', status = 500 }", "route"},
      {"advance = 5", "the clock is the machine's"}};
  for (auto const& [text, expected] : texts) {
    options.timeline = timeline("[[event]]\nat = 3600\n" + text);
    Result<std::unique_ptr<Simulator>> const started = Simulator::start(loop.executor(), options);
    ASSERT_FALSE(started) << text;
    EXPECT_EQ(started.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(started.error().message, HasSubstr("s.toml:1: event 1: "));
    EXPECT_THAT(started.error().message, HasSubstr(expected));
  }
}

TEST_F(PlayerTest, TheExamplesOfTheDocumentationPlayToTheirEnd) {
  std::filesystem::path const examples = SCALESET_SCENARIOS;
  int played = 0;
  for (auto const& entry : std::filesystem::directory_iterator(examples)) {
    Result<Timeline> const scenario = read_scenario(entry.path());
    ASSERT_TRUE(scenario) << scenario.error().message;
    start_with(*scenario, true);
    advance(static_cast<int>(scenario->back().at.count() / 1000) + 1);
    let_it_arrive();
    EXPECT_GT(state().at("tenants").at(0).at("jobs").as_array().size(), 0U) << entry.path();
    ++played;
  }
  EXPECT_EQ(played, 3);
}

}  // namespace
}  // namespace scaleset::simulator
