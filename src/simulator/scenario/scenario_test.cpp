#include "simulator/scenario/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "base/files.hpp"

namespace scaleset::simulator {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Timeline toml(std::string_view text) {
  return parse_scenario(text, ScenarioFormat::toml, "s.toml").value();
}

std::string problem(std::string_view text, ScenarioFormat format = ScenarioFormat::toml) {
  Result<Timeline> const read = parse_scenario(text, format, "s.toml");
  return read ? "accepted" : read.error().message;
}

TEST(ParseScenario, MakesCallsInTheirOrder) {
  Timeline const calls = toml(R"(
[[event]]
at = "10s"
fault = { route = "get_message", status = 503, count = 3 }
[[event]]
at = 1.5
jobs = { labels = ["set"], tenant = "my-org", count = 5 }
name = "first"
[[event]]
at = "10s"
cancel = "first"
[[event]]
at = "1m"
clear_faults = true
[[event]]
at = "2m"
advance = "90s"
)");
  ASSERT_EQ(calls.size(), 5U);
  EXPECT_EQ(calls[0].at, milliseconds(1500));
  EXPECT_EQ(calls[0].method + calls[0].path, "POST/_sim/jobs");
  EXPECT_THAT(calls[0].body, AllOf(HasSubstr(R"("labels":["set"])"), HasSubstr(R"("count":5)")));
  EXPECT_EQ(calls[0].name, "first");
  EXPECT_EQ(calls[0].origin, "s.toml:5: event 2");
  EXPECT_EQ(calls[1].path, "/_sim/faults");
  EXPECT_THAT(calls[1].body, HasSubstr(R"("status":503)"));
  EXPECT_EQ(calls[2].path, "/_sim/jobs/{id}/cancel");
  EXPECT_EQ(calls[2].name, "first");
  EXPECT_EQ(calls[3].method + calls[3].path, "DELETE/_sim/faults");
  EXPECT_EQ(calls[4].path, "/_sim/clock/advance");
  EXPECT_THAT(calls[4].body, HasSubstr(R"("seconds":9)"));
}

TEST(ParseScenario, RepeatsAnEvent) {
  Timeline const calls = toml(R"(
[[event]]
at = 5
every = "10s"
times = 3
jobs = { labels = ["set"] }
)");
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].at, milliseconds(5000));
  EXPECT_EQ(calls[2].at, milliseconds(25000));
}

TEST(ParseScenario, ReadsJsonAlike) {
  Timeline const calls = parse_scenario(R"({"event":[{"at":"2s","jobs":{"labels":["set"]}}]})",
                                        ScenarioFormat::json, "s.json")
                             .value();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].at, milliseconds(2000));
  EXPECT_EQ(calls[0].origin, "s.json: event 1");
}

TEST(ParseScenario, SaysWhereAndWhat) {
  EXPECT_THAT(problem("\n\n[[event]\n"), StartsWith("s.toml: 3: "));
  std::string const event = "\n[[event]]\n";
  std::map<std::string, std::string> const texts = {
      {"at = 1", "exactly one of"},
      {"clear_faults = true\nadvance = 1", "exactly one of"},
      {"clear_faults = false", "clear_faults must be true"},
      {"jobs = 5", "jobs must be a table"},
      {"fault = []", "fault must be a table"},
      {"cancel = 5", "cancel must be a text"},
      {"cancel = 'x'", "no jobs named \"x\" are queued before it"},
      {"job = {}", "\"job\" is not known"},
      {"clear_faults = true\nname = 'x'", "only jobs have a name"},
      {"clear_faults = true\nat = 'soon'", "at must be a time such as"},
      {"clear_faults = true\nat = -1", "at must be a number of seconds from 0 to 31622400"},
      {"clear_faults = true\nat = nan", "at must be a number of seconds from 0 to 31622400"},
      {"clear_faults = true\nat = []", "at must be a text or a number"},
      {"clear_faults = true\ntimes = 2", "must be given together"},
      {"clear_faults = true\ntimes = 0\nevery = 1", "times must be from 1"},
      {"clear_faults = true\ntimes = 9\nevery = '8000h'", "ends after more than a year"},
  };
  for (auto const& [text, expected] : texts) {
    EXPECT_THAT(problem(event + text),
                AllOf(StartsWith("s.toml:2: event 1: "), HasSubstr(expected)))
        << text;
  }
}

TEST(ParseScenario, SurvivesMalformedNames) {
  EXPECT_THAT(problem("[[[event]]\n"), HasSubstr("malformed"));
  EXPECT_THAT(problem("[=]\n"), HasSubstr("malformed"));
  EXPECT_THAT(problem(std::string_view("[\0]\n", 4)), HasSubstr("malformed"));
  EXPECT_THAT(problem("{\"event\":[{\"jo\\nb\":{}}]}", ScenarioFormat::json),
              HasSubstr("\"jo?b\""));
  EXPECT_THAT(problem("at \xC3\xA9 = 1\n"), StartsWith("s.toml: 1: "));
}

TEST(ParseScenario, RefusesWhatIsNotAListOfEvents) {
  for (char const* text : {"", "event = 5", "[event]\nat = 1", "title = 'x'\n[[event]]\nat = 1"}) {
    EXPECT_THAT(problem(text), HasSubstr("must consist of events")) << text;
  }
  EXPECT_THAT(problem("event = [5]"), HasSubstr("event 1: must be a table"));
  EXPECT_THAT(problem("[[event]]\nat = 2026-11-23"),
              HasSubstr("dates and times are not supported"));
  EXPECT_THAT(problem("{", ScenarioFormat::json), HasSubstr("not JSON"));
  EXPECT_THAT(problem("[]", ScenarioFormat::json), HasSubstr("must be a JSON object"));
}

TEST(ParseScenario, IsBounded) {
  std::string const many = "[[event]]\nclear_faults = true\nevery = 0\ntimes = 100000\n";
  EXPECT_EQ(problem(many), "accepted");
  EXPECT_THAT(problem(many + many), HasSubstr("more than 100000 events"));
}

TEST(ParseSpan, KnowsUnits) {
  EXPECT_EQ(parse_span("90"), milliseconds(90000));
  EXPECT_EQ(parse_span("1.5s"), milliseconds(1500));
  EXPECT_EQ(parse_span("250ms"), milliseconds(250));
  EXPECT_EQ(parse_span("1h30m5s"), milliseconds(5405000));
  for (char const* text : {"", "s", "-1", "1x", "1s ", "nan", "inf", "1e3", "9000h", "1s-2s",
                           "1h1h", "1m1h", "1s250ms1s", "1h30"}) {
    EXPECT_FALSE(parse_span(text)) << text;
  }
}

TEST(ReadScenario, GoesByTheFilesName) {
  base::TemporaryDirectory const folder;
  std::ofstream(folder.path() / "a.json") << R"({"event":[{"clear_faults":true}]})";
  std::ofstream(folder.path() / "a.toml") << "[[event]]\nclear_faults = true";
  EXPECT_EQ(read_scenario(folder.path() / "a.json")->size(), 1U);
  EXPECT_EQ(read_scenario(folder.path() / "a.toml")->size(), 1U);
  EXPECT_EQ(read_scenario(folder.path() / "missing").error().code, ErrorCode::io);
}

}  // namespace
}  // namespace scaleset::simulator
