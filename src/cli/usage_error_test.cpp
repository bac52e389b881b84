#include "cli/usage_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "cli/cli.hpp"

namespace scaleset::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

/// What the program says to these arguments; empty if they are right.
std::vector<std::string> all_said(std::vector<std::string> words) {
  CLI::App app{"program", "scaleset"};
  Action action;
  add_commands(app, action);
  std::ranges::reverse(words);
  try {
    app.parse(std::move(words));
  } catch (CLI::ParseError const& error) {
    return usage_problems(app, error).texts;
  }
  return {};
}

/// If it says only one thing.
std::string said(std::vector<std::string> words) {
  auto const all = all_said(std::move(words));
  EXPECT_LE(all.size(), 1U) << ::testing::PrintToString(all);
  return all.empty() ? "" : all.front();
}

TEST(UsageError, NamesAnUnknownSubcommandAndTheNearest) {
  EXPECT_THAT(said({"frobnicate"}),
              AllOf(StartsWith("scaleset has no subcommand \"frobnicate\"; it has: run, status"),
                    Not(HasSubstr("did you mean"))));
  EXPECT_THAT(said({"set", "frobnicate"}),
              AllOf(StartsWith("scaleset set has no subcommand \"frobnicate\""),
                    HasSubstr("create, get, list, update, delete, reset-session")));
  EXPECT_THAT(said({"set", "craete", "my-set"}), HasSubstr("\"craete\"; did you mean create?"));
  EXPECT_THAT(said({"simulat"}), HasSubstr("did you mean simulate?"));
  EXPECT_THAT(said({"simulate", "runner-dri", "x"}), HasSubstr("did you mean runner-dir?"));
}

TEST(UsageError, AMissingSubcommandListsThem) {
  EXPECT_THAT(said({}), StartsWith("scaleset needs a subcommand: run, status"));
  EXPECT_EQ(said({"set"}),
            "scaleset set needs a subcommand: create, get, list, update, delete, reset-session");
}

TEST(UsageError, NamesAStrayArgument) {
  EXPECT_EQ(said({"set", "get", "my-set", "stray"}),
            "unexpected argument \"stray\"; see scaleset set get --help");
  EXPECT_THAT(all_said({"token", "stray", "more"}),
              ElementsAre("unexpected argument \"stray\"; see scaleset token --help",
                          "unexpected argument \"more\"; see scaleset token --help"));
  EXPECT_THAT(said({"stray", "token"}), HasSubstr("unexpected argument \"stray\""));
}

TEST(UsageError, DoesNotRepeatWhatMayBeASecret) {
  for (std::string const& secret :
       {std::string("ghp_abcdef"), std::string("github_pat_abcdef"), std::string(40, 'a')}) {
    EXPECT_THAT(said({"token", secret}),
                AllOf(HasSubstr("unexpected argument ("), Not(HasSubstr(secret))));
    EXPECT_THAT(said({secret}), Not(HasSubstr(secret)));
    for (auto const& words : {std::vector<std::string>{"token", "--token", secret},
                              std::vector<std::string>{"token", "--token=" + secret}})
      EXPECT_THAT(said(words), AllOf(HasSubstr("--token-file"), Not(HasSubstr(secret))));
  }
}

TEST(UsageError, NamesAnUnknownFlagAndTheNearest) {
  EXPECT_EQ(said({"run", "--max-runer", "3"}),
            "unknown flag --max-runer; did you mean --max-runners? See scaleset run --help");
  EXPECT_EQ(said({"set", "get", "my-set", "--frobnicate=secret"}),
            "unknown flag --frobnicate; see scaleset set get --help");
}

TEST(UsageError, AnUnknownFlagGoesBeforeWhatItLeftOut) {
  EXPECT_THAT(said({"jit", "--set", "s", "--runner-nam", "r"}),
              AllOf(HasSubstr("--runner-nam;"), HasSubstr("did you mean --runner-name?")));
  EXPECT_THAT(said({"jit", "--set", "s"}), HasSubstr("--runner-name is required"));
}

TEST(UsageError, SaysWhereAFlagBelongs) {
  EXPECT_EQ(said({"set", "--url", "u", "get", "my-set"}),
            "--url is a flag of `scaleset set get`; give it after these words");
}

TEST(UsageError, NumbersHaveTheirRange) {
  for (char const* const command : {"run", "listen"}) {
    EXPECT_EQ(said({command, "--max-runners", "abc"}),
              "--max-runners must be a whole number from 0 to 10000");
  }
  EXPECT_EQ(said({"simulate", "--seed", "-1"}), "--seed must be a whole number, 0 or more");
  EXPECT_EQ(said({"simulate", "--load-jobs", "0"}),
            "--load-jobs must be a whole number from 1 to 100000");
  EXPECT_EQ(said({"token", "--app-installation-id", "x"}),
            "--app-installation-id must be a whole number, 1 or more");
  EXPECT_THAT(said({"simulate", "--hold-time", "1e-9"}), HasSubstr("--hold-time must be 0, or"));
}

TEST(UsageError, ASwitchTakesNoValue) {
  EXPECT_EQ(said({"simulate", "--tls=maybe"}), "--tls takes no value");
}

TEST(UsageError, AllMistakesAreTold) {
  EXPECT_THAT(all_said({"run", "--min-runners", "-1", "--max-runners", "abc", "--frob", "3", "more",
                        "--log-level", "loud", "--drain-timeout", "soon", "--name", " "}),
              UnorderedElementsAre(
                  StartsWith("unknown flag --frob"), StartsWith("unexpected argument \"more\""),
                  "--min-runners must be a whole number from 0 to 10000",
                  "--max-runners must be a whole number from 0 to 10000",
                  "--log-level must be debug, info, warn or error",
                  StartsWith("--drain-timeout must be"), StartsWith("--name is empty")));
  EXPECT_THAT(all_said({"jit", "--timeout", "0"}),
              UnorderedElementsAre(StartsWith("--timeout must be"), "--runner-name is required"));
  EXPECT_THAT(all_said({"simulate", "--tls-ca-file", "a", "--tls-expired-leaf"}),
              UnorderedElementsAre("--tls-ca-file is only for use with --tls",
                                   "--tls-expired-leaf is only for use with --tls"));
}

TEST(UsageError, ARepeatedFlagIsNamedInPlainWords) {
  EXPECT_EQ(said({"token", "--url", "a", "--url", "b"}),
            "--url is given more than once; give it once");
}

TEST(UsageError, AFlagAtTheEndWithoutItsValueHidesWhatFollowsFromIt) {
  CLI::App app{"program", "scaleset"};
  Action action;
  add_commands(app, action);
  try {
    app.parse(std::vector<std::string>{"--runner-name", "0", "--timeout", "jit"});
    FAIL();
  } catch (CLI::ParseError const& error) {
    auto const problems = usage_problems(app, error);
    EXPECT_FALSE(problems.all_read);
    EXPECT_THAT(problems.texts,
                ElementsAre(StartsWith("--timeout must be"), "--runner-name needs a value"));
  }
}

TEST(UsageError, AVariableOfASwitchIsTrueOrFalse) {
  for (char const* const good : {"true", "false", "1", "0", "on", "off"}) {
    ::setenv("SCALESET_ADOPT", good, 1);
    EXPECT_EQ(said({"run"}), "") << good;
  }
  ::setenv("SCALESET_ADOPT", "maybe", 1);
  EXPECT_EQ(said({"run"}), "the environment variable SCALESET_ADOPT must be true or false");
  ::unsetenv("SCALESET_ADOPT");
}

TEST(UsageError, NamesTheVariableThatAValueCameFrom) {
  ::setenv("SCALESET_MAX_RUNNERS", "ten", 1);
  EXPECT_THAT(said({"run"}), StartsWith("the environment variable SCALESET_MAX_RUNNERS: "
                                        "--max-runners must be a whole number"));
  EXPECT_THAT(said({"run", "--max-runners", "eleven"}), StartsWith("--max-runners must be"));
  ::unsetenv("SCALESET_MAX_RUNNERS");
}

}  // namespace
}  // namespace scaleset::cli
