#include "cli/simulate_scenario_flags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/files.hpp"

namespace scaleset::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ScenarioFlags : public ::testing::Test {
 protected:
  ScenarioFlags() {
    options.seed = 7;
    add_scenario_flags(command, arguments);
  }
  /// Everything that is wrong.
  std::vector<std::string> parse(std::vector<std::string> words) {
    std::ranges::reverse(words);
    command.parse(std::move(words));
    std::vector<std::string> texts;
    for (Error const& error : add_timeline(arguments, options)) texts.push_back(error.message);
    return texts;
  }

  CLI::App command{"simulate"};
  ScenarioArguments arguments;
  simulator::SimulatorOptions options;
};

TEST_F(ScenarioFlags, NothingIsPlayedUnlessAskedFor) {
  EXPECT_THAT(parse({}), IsEmpty());
  EXPECT_TRUE(options.timeline.empty());
}

TEST_F(ScenarioFlags, ALoadIsTheSameWithTheSameSeed) {
  std::vector<std::string> const words{"--load",       "steady", "--load-tenant",   "my-org",
                                       "--load-label", "my-set", "--load-seconds",  "1m",
                                       "--load-jobs",  "5",      "--load-duration", "1s..5s"};
  EXPECT_THAT(parse(words), IsEmpty());
  ASSERT_EQ(options.timeline.size(), 5U);
  auto const first = options.timeline;
  options.timeline.clear();
  EXPECT_THAT(add_timeline(arguments, options), IsEmpty());
  ASSERT_EQ(options.timeline.size(), 5U);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(options.timeline[i].at, first[i].at);
  EXPECT_LE(options.timeline.back().at, std::chrono::minutes(1));
}

TEST_F(ScenarioFlags, AScenarioAndALoadAreOneTimeline) {
  base::TemporaryDirectory const folder;
  std::string const file = folder.path() / "scenario.toml";
  ASSERT_TRUE(base::write_file_atomically(
      file, "[[event]]\nat = \"1h\"\njobs = { tenant = \"my-org\", labels = [\"my-set\"] }\n"));
  auto const problems = parse({"--scenario", file, "--load", "burst", "--load-tenant", "my-org",
                               "--load-label", "my-set", "--load-jobs", "1"});
  ASSERT_THAT(problems, IsEmpty());
  ASSERT_EQ(options.timeline.size(), 2U);
  EXPECT_LT(options.timeline[0].at, options.timeline[1].at) << "sorted by time";
}

TEST_F(ScenarioFlags, AllMistakesAreTold) {
  EXPECT_THAT(
      parse({"--scenario", "/nonexistent.toml", "--load", "steady", "--load-seconds", "1h1h",
             "--load-duration", "soon..later"}),
      ElementsAre(HasSubstr("/nonexistent.toml"), "--load needs --load-tenant and --load-label",
                  HasSubstr("--load-seconds"), HasSubstr("--load-duration"),
                  HasSubstr("--load-duration")));
}

TEST_F(ScenarioFlags, TheLongestJobIsNotShorterThanTheShortest) {
  EXPECT_THAT(parse({"--load", "burst", "--load-tenant", "o", "--load-label", "l",
                     "--load-duration", "5s..1s"}),
              ElementsAre("--load-duration 5s..1s ends before it begins"));
}

}  // namespace
}  // namespace scaleset::cli
