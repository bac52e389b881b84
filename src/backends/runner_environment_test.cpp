#include "backends/runner_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::backends {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

std::vector<std::string> environment_of(std::vector<std::string> const& own,
                                        std::vector<std::string> const& pass = {},
                                        std::map<std::string, std::string> const& set = {}) {
  Template what;
  what.pass_environment = pass;
  what.environment = set;
  std::vector<std::string> texts;
  for (Secret const& entry : runner_environment(own, what, "/work/r1", Secret("the-jit-config"))) {
    texts.push_back(entry.reveal());
  }
  return texts;
}

TEST(RunnerEnvironment, HasOnlyOurVariablesIfTheDaemonHasNone) {
  EXPECT_THAT(environment_of({}),
              UnorderedElementsAre("SCALESET_INSTANCE=/work/r1",
                                   "ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1",
                                   "ACTIONS_RUNNER_INPUT_JITCONFIG=the-jit-config"));
}

TEST(RunnerEnvironment, PassesTheAllowListAndNothingElse) {
  std::vector<std::string> const texts = environment_of(
      {"PATH=/bin", "HOME=/home/x", "LANG=C", "LC_ALL=C", "TZ=UTC", "TMPDIR=/t", "USER=u",
       "LOGNAME=u", "SSL_CERT_FILE=/c", "http_proxy=a", "HTTPS_PROXY=b", "no_proxy=c",
       "NO_PROXY=", "AWS_SECRET=s", "PATHS=no", "path=no", "LD_PRELOAD=no"});
  EXPECT_THAT(texts, AllOf(Contains("PATH=/bin"), Contains("HOME=/home/x"), Contains("LANG=C"),
                           Contains("LC_ALL=C"), Contains("TZ=UTC"), Contains("TMPDIR=/t")));
  EXPECT_THAT(texts, AllOf(Contains("USER=u"), Contains("LOGNAME=u"), Contains("SSL_CERT_FILE=/c"),
                           Contains("http_proxy=a"), Contains("HTTPS_PROXY=b"),
                           Contains("no_proxy=c"), Contains("NO_PROXY=")));
  EXPECT_EQ(texts.size(), 13U + 3U);
}

TEST(RunnerEnvironment, PassesWhatIsNamed) {
  EXPECT_THAT(environment_of({"DOCKER_HOST=unix:///x", "OTHER=1"}, {"DOCKER_HOST", "ABSENT"}),
              AllOf(Contains("DOCKER_HOST=unix:///x"), Each(Not(StartsWith("OTHER="))),
                    Each(Not(StartsWith("ABSENT")))));
}

TEST(RunnerEnvironment, WhatTheTemplateSetsReplacesTheRest) {
  std::vector<std::string> const texts = environment_of(
      {"PATH=/bin", "A=own"}, {"A"}, {{"PATH", "/opt/bin"}, {"A", "set"}, {"B", "b=c"}});
  EXPECT_THAT(texts, AllOf(Contains("PATH=/opt/bin"), Contains("A=set"), Contains("B=b=c")));
  EXPECT_EQ(texts.size(), 3U + 3U);
}

TEST(CheckEnvironment, RefusesWhatRunnersCannotGet) {
  Template what;
  what.pass_environment = {"DOCKER_HOST"};
  what.environment = {{"A", "1"}, {"EMPTY", ""}};
  EXPECT_TRUE(check_environment(what));
  what.environment["A"] = std::string("1\0 2", 4);
  EXPECT_THAT(check_environment(what).error().message,
              AllOf(HasSubstr("\"A\""), HasSubstr("zero byte")));
  what.environment = {{"SCALESET_INSTANCE", "/x"}};
  EXPECT_THAT(check_environment(what).error().message, HasSubstr("\"SCALESET_INSTANCE\""));
  what.environment = {{"B C", "1"}};
  EXPECT_EQ(check_environment(what).error().code, ErrorCode::invalid_options);
  what.environment.clear();
  what.pass_environment = {"DOCKER_HOST", "GITHUB_TOKEN"};
  EXPECT_THAT(check_environment(what).error().message, HasSubstr("\"GITHUB_TOKEN\""));
  what.pass_environment = {"GITHUB_TOKEN", "A", "a b"};
  EXPECT_THAT(check_environment(what).error().message, EndsWith(": \"GITHUB_TOKEN\", \"a b\""))
      << "all of them at once";
}

TEST(RunnerEnvironment, NeverPassesTheDaemonsCredentialsEvenWhenNamed) {
  std::vector<std::string> const own = {"GITHUB_TOKEN=ghp_1", "SCALESET_PRIVATE_KEY=pem",
                                        "ACTIONS_RUNNER_INPUT_JITCONFIG=older",
                                        "SCALESET_INSTANCE=/outer"};
  std::vector<std::string> const pass = {"GITHUB_TOKEN", "SCALESET_PRIVATE_KEY",
                                         "ACTIONS_RUNNER_INPUT_JITCONFIG", "SCALESET_INSTANCE"};
  EXPECT_THAT(environment_of(own, pass),
              AllOf(Each(Not(HasSubstr("ghp_1"))), Each(Not(HasSubstr("pem"))),
                    Each(Not(HasSubstr("older"))), Each(Not(HasSubstr("outer")))));
}

TEST(RunnerEnvironment, KnowsWhichVariablesMayBePassed) {
  EXPECT_TRUE(may_pass("DOCKER_HOST"));
  EXPECT_TRUE(may_pass("x1"));
  EXPECT_FALSE(may_pass(""));
  EXPECT_FALSE(may_pass("A=B"));
  EXPECT_FALSE(may_pass("A B"));
  EXPECT_FALSE(may_pass("GITHUB_TOKEN"));
  EXPECT_FALSE(may_pass("SCALESET_ANYTHING"));
  EXPECT_FALSE(may_pass("ACTIONS_RUNNER_INPUT_TOKEN"));
}

}  // namespace
}  // namespace scaleset::backends
