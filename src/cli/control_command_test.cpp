#include "cli/control_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "cli/testing/autoscaler.hpp"
#include "cli/testing/call.hpp"

namespace scaleset::cli {
namespace {

using ::testing::AllOf;
using testing::Autoscaler;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ControlCommandTest : public ::testing::Test {
 protected:
  testing::Outcome call(std::vector<std::string> words) const {
    words.insert(words.end(), {"--socket", path});
    return testing::call(words);
  }
  base::TemporaryDirectory folder;
  std::string path = folder.path() / "a.sock";
};

TEST_F(ControlCommandTest, EachCommandSendsItsRequestAndPrintsTheResult) {
  std::vector<std::pair<std::vector<std::string>, std::string>> const commands{
      {{"status"}, R"({"command":"status"})"},
      {{"status", "s"}, R"({"command":"status","set":"s"})"},
      {{"reload"}, R"({"command":"reload"})"},
      {{"drain"}, R"({"command":"drain"})"},
      {{"drain", "s"}, R"({"command":"drain","set":"s"})"},
      {{"pause", "s"}, R"({"command":"pause","set":"s"})"},
      {{"resume", "7"}, R"({"command":"resume","set":"7"})"},
      {{"runner", "add", "--set", "s"}, R"({"command":"add_runner","set":"s"})"},
      {{"runner", "retire", "s-1"}, R"({"command":"retire_runner","runner":"s-1"})"},
      {{"set", "reset-session", "s"}, R"({"command":"reset_session","set":"s"})"}};
  for (auto const& [words, request] : commands) {
    Autoscaler autoscaler(path, {R"({"result":{"x":1}})"});
    auto const outcome = call(words);
    EXPECT_EQ(outcome.code, kExitSuccess) << request << outcome.err;
    EXPECT_EQ(outcome.out, "{\"x\":1}\n");
    EXPECT_THAT(autoscaler.asked(), ElementsAre(request));
  }
}

TEST_F(ControlCommandTest, AnErrorIsToldWithItsExitCode) {
  Autoscaler const autoscaler(path, {R"({"error":{"code":"conflict","message":"it is paused"}})"});
  auto const outcome = call({"runner", "add", "--set", "s"});
  EXPECT_EQ(outcome.code, kExitConflict);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "scaleset runner add: it is paused\n");
}

TEST_F(ControlCommandTest, WhatAReloadWarnsOfIsPrintedAsWarnings) {
  Autoscaler const autoscaler(path, {R"({"result":{"changes":["a"],"warnings":["b is odd",7]}})"});
  auto const outcome = call({"reload"});
  EXPECT_EQ(outcome.code, kExitSuccess);
  EXPECT_EQ(outcome.out, "{\"changes\":[\"a\"],\"warnings\":[\"b is odd\",7]}\n");
  EXPECT_EQ(outcome.err, "scaleset reload: warning: b is odd\n");
}

TEST_F(ControlCommandTest, WithoutAnAutoscalerNothingIsFound) {
  auto const outcome = call({"pause", "s"});
  EXPECT_EQ(outcome.code, kExitNotFound);
  EXPECT_THAT(outcome.err, HasSubstr("scaleset pause: no autoscaler listens at"));
}

TEST_F(ControlCommandTest, AScaleSetThatIsNeededIsAskedFor) {
  for (std::string const command : {"pause", "resume"}) {
    auto const outcome = call({command});
    EXPECT_EQ(outcome.code, kExitUsage);
    EXPECT_THAT(outcome.err, HasSubstr("NAME"));
  }
}

TEST_F(ControlCommandTest, ADeletionWaitsForTheLastRunner) {
  Autoscaler autoscaler(path,
                        {R"({"result":{"set":"a/s"}})", R"({"result":{"sets":[{"runners":[]}]}})",
                         R"({"result":{"set":"a/s"}})"});
  auto const outcome = call({"set", "delete", "s", "--wait"});
  EXPECT_EQ(outcome.code, kExitSuccess) << outcome.err;
  EXPECT_EQ(outcome.out, "{\"set\":\"a/s\",\"deleted\":true}\n");
  EXPECT_THAT(autoscaler.asked(),
              ElementsAre(R"({"command":"drain","set":"s"})", R"({"command":"status","set":"s"})",
                          R"({"command":"delete_set","set":"s"})"));
}

TEST_F(ControlCommandTest, ADeletionOfAnotherScaleSetThanTheOneThatIsNamedIsRefused) {
  std::string const served =
      R"({"result":{"sets":[{"url":"https://github.com/a","address":"https://github.com/a/gpus/s"}]}})";
  for (std::vector<std::string> const& more :
       std::vector<std::vector<std::string>>{{"--url", "https://github.com/b"},
                                             {"--runner-group", "cpus"},
                                             {"--runner-group-id", "5"}}) {
    Autoscaler autoscaler(path, {served});
    std::vector<std::string> words{"set", "delete", "s", "--wait"};
    words.insert(words.end(), more.begin(), more.end());
    auto const outcome = call(words);
    EXPECT_EQ(outcome.code, kExitUsage) << more.front();
    EXPECT_THAT(outcome.err, HasSubstr("of that name is https://github.com/a/gpus/s"));
    EXPECT_THAT(autoscaler.asked(), ElementsAre(R"({"command":"status","set":"s"})"));
  }
}

TEST_F(ControlCommandTest, ADeletionOfTheOneThatIsNamedGoesOn) {
  Autoscaler autoscaler(
      path,
      {R"({"result":{"sets":[{"url":"https://github.com/a","address":"https://github.com/a/gpus/s"}]}})",
       R"({"result":{"set":"a/s"}})", R"({"result":{"sets":[{"runners":[]}]}})",
       R"({"result":{"set":"a/s"}})"});
  auto const outcome = call(
      {"set", "delete", "s", "--wait", "--url", "https://GitHub.com/A/", "--runner-group", "GPUs"});
  EXPECT_EQ(outcome.code, kExitSuccess) << outcome.err;
}

TEST_F(ControlCommandTest, ADeletionThatCannotBeWaitedForSaysWhy) {
  auto const by_id = call({"set", "delete", "--id", "5", "--wait"});
  EXPECT_EQ(by_id.code, kExitUsage);
  EXPECT_THAT(by_id.err, HasSubstr("--wait needs the scale set's name"));
  Autoscaler const odd(path, {R"({"result":{}})", R"({"result":{"sets":[]}})"});
  EXPECT_EQ(call({"set", "delete", "s", "--wait"}).code, kExitNoAnswer) << "malformed_response";
}

TEST_F(ControlCommandTest, EachCommandTellsARefusalAndPrintsNothing) {
  std::vector<std::vector<std::string>> const commands{{"status"},
                                                       {"status", "--once"},
                                                       {"status", "--json"},
                                                       {"reload"},
                                                       {"drain"},
                                                       {"pause", "s"},
                                                       {"resume", "s"},
                                                       {"runner", "retire", "r"},
                                                       {"set", "reset-session", "s"},
                                                       {"set", "delete", "s", "--wait"}};
  std::vector<std::pair<std::string, int>> const refusals{
      {R"({"error":{"code":"not_found","message":"no such thing"}})", kExitNotFound},
      {R"({"error":{"code":"conflict","message":"no such thing"}})", kExitConflict},
      {R"({"error":{"code":"io","message":"no such thing"}})", kExitFailure}};
  for (auto const& words : commands) {
    for (auto const& [answer, code] : refusals) {
      Autoscaler const autoscaler(path, {answer});
      auto const outcome = call(words);
      EXPECT_EQ(outcome.code, code) << words.front() << answer;
      EXPECT_EQ(outcome.out, "") << words.front();
      EXPECT_THAT(outcome.err,
                  AllOf(StartsWith("scaleset " + words.front()), HasSubstr(": no such thing\n")));
    }
  }
}

TEST_F(ControlCommandTest, WhatIsNoAnswerIsNotTakenForOne) {
  for (std::string const answer : {"", "no JSON", "[]", "{}", R"({"error":7})"}) {
    Autoscaler const autoscaler(path, {answer});
    auto const outcome = call({"pause", "s"});
    EXPECT_NE(outcome.code, kExitSuccess) << answer;
    EXPECT_EQ(outcome.out, "") << answer;
    EXPECT_THAT(outcome.err, StartsWith("scaleset pause: ")) << answer;
  }
}

TEST_F(ControlCommandTest, StatusIsJsonUnlessTextIsAskedFor) {
  std::string const answer =
      R"({"result":{"version":"1","processId":7,"time":"2026-11-27T01:00:00Z","sets":[]}})";
  for (std::vector<std::string> const& words : std::vector<std::vector<std::string>>{
           {"status"}, {"status", "--json"}, {"status", "--json", "--once"}}) {
    Autoscaler const autoscaler(path, {answer});
    EXPECT_THAT(call(words).out, StartsWith("{\"version\":\"1\"")) << words.back();
  }
  Autoscaler const autoscaler(path, {answer});
  EXPECT_EQ(call({"status", "--once"}).out,
            "scaleset 1, process 7, 2026-11-27T01:00:00Z\n\nno scale set is served\n");
}

TEST_F(ControlCommandTest, WrongArgumentsReachNoAutoscaler) {
  for (std::vector<std::string> const& words :
       std::vector<std::vector<std::string>>{{"status", "a", "b"},
                                             {"reload", "s"},
                                             {"drain", "--all"},
                                             {"runner", "add"},
                                             {"runner", "retire"},
                                             {"set", "reset-session"},
                                             {"set", "delete", "--wait"},
                                             {"resume", ""}}) {
    auto const outcome = call(words);
    EXPECT_EQ(outcome.code, kExitUsage) << words.front();
    EXPECT_EQ(outcome.out, "") << words.front();
    EXPECT_THAT(outcome.err, StartsWith("scaleset")) << words.front();
  }
}

}  // namespace
}  // namespace scaleset::cli
