#include "cli/unknown_variables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/cli.hpp"

namespace scaleset::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The warnings for a command line, also for one that cannot be parsed.
std::vector<std::string> warned(std::vector<std::string> words,
                                std::vector<char const*> environment) {
  CLI::App app{"program", "scaleset"};
  Action action;
  add_commands(app, action);
  std::ranges::reverse(words);
  try {
    app.parse(std::move(words));
  } catch (CLI::ParseError const& mistake) {
    static_cast<void>(mistake);  // what could be read counts
  }
  environment.push_back(nullptr);
  return unknown_variables(app, environment.data());
}

TEST(UnknownVariables, NameTheNearestThatIsRead) {
  EXPECT_THAT(warned({"run"}, {"SCALESET_MAX_RUNNER=3", "SCALESET_FROBNICATE=", "PATH=/bin"}),
              ElementsAre("no flag is read from the environment variable SCALESET_MAX_RUNNER; did "
                          "you mean SCALESET_MAX_RUNNERS?",
                          "no flag is read from the environment variable SCALESET_FROBNICATE"));
}

TEST(UnknownVariables, AreNotThoseThatAnyCommandReads) {
  EXPECT_THAT(warned({"token"}, {"SCALESET_URL=x", "SCALESET_MAX_RUNNERS=3", "SCALESET_SEED=1",
                                 "SCALESET_INSTANCE=a job has it"}),
              IsEmpty());
}

TEST(UnknownVariables, AreNoMatterToACommandThatReadsNone) {
  EXPECT_THAT(warned({"completion", "bash"}, {"SCALESET_FROBNICATE=1"}), IsEmpty());
  EXPECT_THAT(warned({"simulate-runner"}, {"SCALESET_FROBNICATE=1"}), IsEmpty());
  EXPECT_THAT(warned({"run", "--frob"}, {"SCALESET_FROBNICATE=1"}).size(), 1U);
}

}  // namespace
}  // namespace scaleset::cli
