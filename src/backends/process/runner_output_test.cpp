#include "backends/process/runner_output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace scaleset::backends {
namespace {

using Kind = InstanceEvent::Kind;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(InterpretLine, KnowsTheLinesThatReportAState) {
  EXPECT_EQ(interpret_line("2026-11-23 16:00:00Z: Listening for Jobs"), Kind::registered);
  EXPECT_EQ(interpret_line("2026-11-23 16:00:00Z: Running job: build"), Kind::busy);
  EXPECT_EQ(interpret_line("2026-11-23 16:00:00Z: Job build completed with result: Succeeded"),
            Kind::idle);
  EXPECT_EQ(interpret_line("2026-11-23 16:00:00Z: Job build completed with result: Canceled"),
            Kind::idle);
}

TEST(InterpretLine, IgnoresEverythingElse) {
  EXPECT_EQ(interpret_line(""), std::nullopt);
  EXPECT_EQ(interpret_line("√ Connected to GitHub"), std::nullopt);
  EXPECT_EQ(interpret_line("Current runner version: '2.336.0'"), std::nullopt);
  EXPECT_EQ(interpret_line("Listening for Jobs"), std::nullopt) << "no time stamp";
  EXPECT_EQ(interpret_line("2026-11-23 16:00:00Z: Job build is late"), std::nullopt);
  EXPECT_EQ(interpret_line("2026-1x-23 16:00:00Z: Listening for Jobs"), std::nullopt);
}

TEST(InterpretLine, IsNotFooledByTheNamesOfJobs) {
  EXPECT_EQ(interpret_line("2026-11-23 16:00:00Z: Running job: x completed with result: Succeeded"),
            Kind::busy);
  EXPECT_EQ(interpret_line("2026-11-23 16:00:00Z: Running job: Listening for Jobs"), Kind::busy);
  EXPECT_TRUE(
      is_telling("The runner no longer exists on the server. Cleaning up local configuration."));
  EXPECT_FALSE(is_telling("2026-11-23 16:00:00Z: Running job: Failed to create a session"));
}

TEST(RunnerOutput, FindsLinesInPiecesOfAnySize) {
  std::string const text =
      "\n√ Connected to GitHub\n\nCurrent runner version: '2.336.0'\r\n"
      "2026-11-23 16:00:00Z: Listening for Jobs\r\n"
      "2026-11-23 16:00:01Z: Running job: build\n"
      "2026-11-23 16:00:02Z: Job build completed with result: Failed\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    RunnerOutput output;
    std::vector<Kind> all;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      std::vector<Kind> const some = output.take(std::string_view(text).substr(at, piece));
      all.insert(all.end(), some.begin(), some.end());
    }
    ASSERT_THAT(all, ElementsAre(Kind::registered, Kind::busy, Kind::idle)) << piece;
  }
}

TEST(RunnerOutput, ReadsALastLineWithoutLineBreak) {
  RunnerOutput output;
  EXPECT_THAT(output.take("2026-11-23 16:00:00Z: Listening for Jobs"), IsEmpty());
  EXPECT_THAT(output.finish(), ElementsAre(Kind::registered));
  EXPECT_THAT(output.finish(), IsEmpty());
}

TEST(RunnerOutput, ReadsOnAfterALineThatIsTooLong) {
  RunnerOutput output;
  std::string const much(1 << 20, 'x');
  EXPECT_THAT(output.take(much), IsEmpty());
  EXPECT_THAT(output.take(much), IsEmpty());
  EXPECT_THAT(output.take("\n2026-11-23 16:00:00Z: Listening for Jobs\n"),
              ElementsAre(Kind::registered));
  EXPECT_LE(output.tail().size(), RunnerOutput::kMaxTail);
}

TEST(RunnerOutput, RemembersTheLastTellingLine) {
  RunnerOutput output;
  EXPECT_EQ(output.telling_line(), "");
  output.take("2026-11-23 16:00:00Z: Runner connect error: x. Retrying until reconnected.\n");
  EXPECT_EQ(output.telling_line(), "");
  output.take("A session for this runner already exists.\n");
  EXPECT_EQ(output.telling_line(), "A session for this runner already exists.");
  output.take(
      "2026-11-23 16:00:00Z: Runner version v2.300.0 is deprecated and cannot receive "
      "messages.\nx\n");
  EXPECT_EQ(output.telling_line(),
            "Runner version v2.300.0 is deprecated and cannot receive messages.");
}

TEST(RunnerOutput, TellingLinesArePrintableAndShort) {
  RunnerOutput output;
  output.take("An error occurred:\x1b[31m\tred " + std::string(1000, ' ') + "\n");
  EXPECT_THAT(output.telling_line(), HasSubstr("occurred: [31m red"));
  EXPECT_LE(output.telling_line().size(), 300U);
}

TEST(RunnerOutput, KeepsTheEndOfTheOutputWithoutSecrets) {
  RunnerOutput output;
  output.take(std::string(10000, '.'));
  output.take("bad config: " + std::string(2000, 'A') + "\nthe end\n");
  EXPECT_THAT(output.tail(), EndsWith("bad config: ***\nthe end\n"));
  EXPECT_THAT(output.tail(), Not(HasSubstr("AAAA")));
}

TEST(MaskSecrets, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(mask_secrets(""), "");
  EXPECT_EQ(mask_secrets("Current runner version: '2.336.0'\n"),
            "Current runner version: '2.336.0'\n");
  EXPECT_EQ(mask_secrets(std::string(63, 'a')), std::string(63, 'a'));
  EXPECT_EQ(mask_secrets(" " + std::string(64, 'a') + "."), " ***.");
}

TEST(DescribeExit, SaysWhatTheCodesMean) {
  EXPECT_EQ(describe_exit({.code = 0, .signal = {}}, ""), "ended normally (exit code 0)");
  EXPECT_EQ(describe_exit({.code = 1, .signal = {}}, "Failed to create a session."),
            "ended with an error (exit code 1): Failed to create a session.");
  EXPECT_THAT(describe_exit({.code = 2, .signal = {}}, ""), HasSubstr("temporary"));
  EXPECT_THAT(describe_exit({.code = 3, .signal = {}}, ""), HasSubstr("update"));
  EXPECT_THAT(describe_exit({.code = 5, .signal = {}}, ""), HasSubstr("another session"));
  EXPECT_THAT(describe_exit({.code = 7, .signal = {}}, ""), HasSubstr("deprecated"));
  EXPECT_EQ(describe_exit({.code = 42, .signal = {}}, ""), "ended with exit code 42");
}

TEST(DescribeExit, NamesSignalsAndSaysWhenTheCodeIsNotKnown) {
  EXPECT_EQ(describe_exit({.code = {}, .signal = SIGKILL}, ""), "killed by signal 9 (SIGKILL)");
  EXPECT_THAT(describe_exit({}, ""), HasSubstr("not known"));
}

}  // namespace
}  // namespace scaleset::backends
