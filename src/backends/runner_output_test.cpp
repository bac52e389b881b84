#include "backends/runner_output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace scaleset::backends {
namespace {

using Kind = InstanceEvent::Kind;
using ::testing::AllOf;
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

TEST(InterpretLine, KnowsTheSignsOfALostRegistration) {
  for (char const* line :
       {"2026-11-23 16:00:00Z: Skipping message Job. Job message not found 'x'.",
        "Skipping message Job", "2026-11-23 16:00:00Z: Registration 1b2c was not found.",
        "[RUNNER 2026-11-23 16:00:00Z ERR  Listener] Runner registration 7 was not found"})
    EXPECT_EQ(interpret_line(line), Kind::troubled) << line;
  for (char const* line : {"Job x was not found", "Registration completed", "was not found",
                           "[WORKER 2026-11-23 16:00:00Z INFO Job] Skipping message Job",
                           "Running job: Registration x was not found"})
    EXPECT_EQ(interpret_line(line), std::nullopt) << line;
}

TEST(CauseIn, KnowsTheLinesThatEndARunner) {
  EXPECT_EQ(cause_in("An error occurred: Runner version v2.336.0 is deprecated and cannot receive "
                     "messages."),
            ExitCause::version_refused);
  EXPECT_EQ(
      cause_in("2026-11-23 16:00:00Z: Failed to create a session. The runner registration has "
               "been deleted from the server, please re-configure."),
      ExitCause::removed);
  EXPECT_EQ(cause_in("The runner no longer exists on the server. Cleaning up"), ExitCause::removed);
  EXPECT_EQ(cause_in("Listening for Jobs"), std::nullopt);
  EXPECT_EQ(
      cause_in("2026-11-23 16:00:00Z: Running job: is deprecated and cannot receive messages"),
      std::nullopt);
}

TEST(VersionIn, ToleratesOtherWaysToWriteIt) {
  EXPECT_EQ(version_in("Current runner version: '2.336.0'"), "2.336.0");
  EXPECT_EQ(version_in("2026-11-23 16:00:00Z: Current runner version: \"v2.336.0\"."), "2.336.0");
  EXPECT_EQ(version_in("Current runner version: 3.0"), "3.0");
  EXPECT_EQ(version_in("Current runner version:"), "");
  EXPECT_EQ(version_in("Current runner version: '"), "");
  EXPECT_EQ(version_in("Runner version v2.300.0 is deprecated"), "");
  EXPECT_LE(version_in("Current runner version: " + std::string(1000, '1')).size(), 32U);
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
      for (auto const& event : output.take(std::string_view(text).substr(at, piece)))
        all.push_back(event.kind);
    }
    ASSERT_EQ(output.version(), "2.336.0") << piece;
    ASSERT_THAT(all, ElementsAre(Kind::registered, Kind::busy, Kind::idle)) << piece;
  }
}

TEST(RunnerOutput, ReadsALastLineWithoutLineBreak) {
  RunnerOutput output;
  EXPECT_THAT(output.take("2026-11-23 16:00:00Z: Listening for Jobs"), IsEmpty());
  EXPECT_THAT(output.finish(), ElementsAre(OutputEvent(Kind::registered, "Listening for Jobs")));
  EXPECT_THAT(output.finish(), IsEmpty());
}

TEST(RunnerOutput, ReadsOnAfterALineThatIsTooLong) {
  RunnerOutput output;
  std::string const much(1 << 20, 'x');
  EXPECT_THAT(output.take(much), IsEmpty());
  EXPECT_THAT(output.take(much), IsEmpty());
  EXPECT_THAT(output.take("\n2026-11-23 16:00:00Z: Listening for Jobs\n"),
              ElementsAre(OutputEvent(Kind::registered, "Listening for Jobs")));
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

TEST(RunnerOutput, TheFirstVersionCounts) {
  RunnerOutput output;
  output.take("Current runner version: '2.336.0'\nCurrent runner version: '9.9.9'\n");
  EXPECT_EQ(output.version(), "2.336.0");
}

TEST(RunnerOutput, WhatItSaysOfItsEndCountsUntilItGoesOn) {
  RunnerOutput output;
  output.take("The runner no longer exists on the server.\nJob x is late\n");
  EXPECT_EQ(output.cause(), ExitCause::removed);
  output.take("2026-11-23 16:00:02Z: Job b completed with result: Canceled\n");
  EXPECT_EQ(output.cause(), ExitCause::removed) << "protocol.md D.3";
  output.take("2026-11-23 16:00:00Z: Listening for Jobs\n");
  EXPECT_EQ(output.cause(), std::nullopt);
}

TEST(RunnerOutput, ATroubledLineIsForAPerson) {
  RunnerOutput output;
  auto const events = output.take("2026-11-23 16:00:00Z: Skipping message Job. Token " +
                                  std::string(280, 'k') + "\t'x'\n");
  EXPECT_THAT(events,
              ElementsAre(OutputEvent(Kind::troubled, "Skipping message Job. Token *** 'x'")));
}

TEST(RunnerOutput, KnowsItsLastLine) {
  RunnerOutput output;
  EXPECT_EQ(output.last_line(), "");
  output.take("only");
  EXPECT_EQ(output.last_line(), "only");
  output.take(" one\n2026-11-23 16:00:00Z: Unhandled exception.\r\n \n\n");
  EXPECT_EQ(output.last_line(), "Unhandled exception.");
}

TEST(RunnerOutput, TheTailHasNoPartOfASecret) {
  RunnerOutput output;
  output.take(std::string(RunnerOutput::kMaxTail, 'k') + "\xe2\x88\x9a Connected\n");
  EXPECT_EQ(output.tail(), " Connected\n")
      << "a run of letters that was cut may be the end of a secret";
  output.take("bad: " + std::string(100, 'k') + "\n");
  EXPECT_EQ(output.tail(7), "d: ***\n");
  EXPECT_EQ(output.tail(0), "");
}

TEST(CauseOf, GoesByWhatIsKnown) {
  ExitStatus const code0{.code = 0, .signal = {}};
  ExitStatus const code7{.code = 7, .signal = {}};
  ExitStatus const killed{.code = {}, .signal = SIGKILL};
  EXPECT_EQ(cause_of(code0, {}, false, false), ExitCause::exited);
  EXPECT_EQ(cause_of(code0, ExitCause::removed, false, false), ExitCause::removed);
  EXPECT_EQ(cause_of(code7, {}, false, false), ExitCause::version_refused);
  EXPECT_EQ(cause_of(killed, {}, false, false), ExitCause::signalled);
  EXPECT_EQ(cause_of(killed, {}, true, false), ExitCause::exited);
  EXPECT_EQ(cause_of({}, {}, false, true), ExitCause::unknown);
  EXPECT_EQ(cause_of({}, ExitCause::version_refused, false, true), ExitCause::version_refused);
  EXPECT_EQ(cause_of({}, {}, false, false), ExitCause::lost);
}

TEST(MaskSecrets, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(mask_secrets(""), "");
  EXPECT_EQ(mask_secrets("Current runner version: '2.336.0'\n"),
            "Current runner version: '2.336.0'\n");
  EXPECT_EQ(mask_secrets(std::string(63, 'a')), std::string(63, 'a'));
  EXPECT_EQ(mask_secrets(" " + std::string(64, 'a') + "."), " ***.");
}

TEST(MaskSecrets, APathIsNone) {
  std::string const path =
      "/var/lib/scaleset/runners/0a1b2c3d4e5f60718293a4b5c6d7e8f9/my-set-15a881dd/bin/Runner";
  EXPECT_EQ(mask_secrets(path + ".Listener: not found"), path + ".Listener: not found");
  EXPECT_EQ(mask_secrets("exec: \"" + path + "\""), "exec: \"" + path + "\"");
  EXPECT_EQ(mask_secrets("." + path), "." + path);
  std::string const hidden = "~/.local/state" + path;
  EXPECT_EQ(mask_secrets(hidden), hidden);
}

TEST(MaskSecrets, ASecretIsOneAlsoWhereAPathMayBe) {
  std::string const secret(64, 'a');
  EXPECT_EQ(mask_secrets("/tmp/" + secret + "/x"), "/tmp/***/x");
  EXPECT_EQ(mask_secrets("/" + secret), "/***");
  EXPECT_EQ(mask_secrets("token=/" + secret.substr(1)), "***") << "it begins with a word";
  // Of base64, in which there may be a '/' anywhere.
  EXPECT_EQ(mask_secrets("/Zx8bQ1cD7kPm2NvR4tYw/Hs5Lq9aE3fGj6UoB0nWi1X"), "/***/***");
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

TEST(DescribeExit, ShowsTheLastLineOnlyOfAnEndThatNothingExplains) {
  RunnerOutput output;
  output.take("Unhandled exception.\n");
  ExitStatus const failed{.code = 1, .signal = {}};
  EXPECT_THAT(describe_exit(failed, output, false), EndsWith(": Unhandled exception."));
  EXPECT_THAT(describe_exit(failed, output, true), EndsWith("(exit code 1)"));
  EXPECT_THAT(describe_exit({.code = 0, .signal = {}}, output, false), EndsWith("(exit code 0)"));
  output.take("A session for this runner already exists.\nand more\n");
  EXPECT_THAT(describe_exit(failed, output, true), EndsWith("already exists."));
}

TEST(ToEvent, OnlyTroubleHasItsLineAsAReason) {
  InstanceEvent const event = to_event({Kind::troubled, "Skipping message Job"}, "r1", "2.336.0");
  EXPECT_EQ(event.kind, Kind::troubled);
  EXPECT_EQ(event.runner_name, "r1");
  EXPECT_EQ(event.version, "2.336.0");
  EXPECT_EQ(event.reason, "Skipping message Job");
  EXPECT_EQ(to_event({Kind::busy, "Running job: x"}, "r1", "").reason, "");
}

}  // namespace
}  // namespace scaleset::backends
