#include "cli/name_or_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "cli/cli.hpp"
#include "cli/every_flag.hpp"

namespace scaleset::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class NameOrIdTest : public ::testing::Test {
 protected:
  NameOrIdTest() {
    add_one(command_, "SET", "scale set", set_, after_);
    add_group(command_, "--runner-group", "Its group", group_, after_);
    command_.get_option("--runner-group")->envname("NAME_OR_ID_GROUP");
    command_.get_option("--runner-group-id")->envname("NAME_OR_ID_GROUP_ID");
  }
  ~NameOrIdTest() override {
    ::unsetenv("NAME_OR_ID_GROUP");
    ::unsetenv("NAME_OR_ID_GROUP_ID");
  }
  /// The text of the error, or nothing.
  std::string parse(std::vector<std::string> words) {
    std::ranges::reverse(words);
    try {
      command_.parse(std::move(words));
      auto const problems = finish(after_);
      if (!problems.empty()) return problems.front().message;
    } catch (CLI::ParseError const& error) {
      return error.what();
    }
    return "";
  }

  CLI::App command_{"test"};
  NameOrId set_;
  NameOrId group_{.name = "default"};
  AfterParsing after_;
};

TEST_F(NameOrIdTest, AWordIsAName) {
  EXPECT_EQ(parse({"my-set"}), "");
  EXPECT_EQ(set_.name, "my-set");
  EXPECT_EQ(set_.id, 0);
  EXPECT_EQ(group_.name, "default") << "not given";
  EXPECT_EQ(parse({"2x"}), "");
  EXPECT_EQ(set_.name, "2x");
}

TEST_F(NameOrIdTest, AWordOfDigitsIsRefused) {
  for (char const* const digits : {"2", "0", "007"}) {
    EXPECT_THAT(parse({digits}), AllOf(HasSubstr("SET"), HasSubstr(std::string("--id ") + digits),
                                       HasSubstr(std::string("--name ") + digits)));
  }
  EXPECT_EQ(set_.name, "");
}

TEST_F(NameOrIdTest, FlagsSayWhichIsMeant) {
  EXPECT_EQ(parse({"--name", "2"}), "");
  EXPECT_EQ(set_.text(), "\"2\"");
  EXPECT_EQ(parse({"--id", "2"}), "");
  EXPECT_EQ(set_.text(), "with id 2");
  EXPECT_EQ(set_.name, "");
  EXPECT_THAT(parse({"--id", "my-set"}), HasSubstr("--id must be a whole number, 1 or more"));
  EXPECT_THAT(parse({"--id", "0"}), HasSubstr("--id"));
}

TEST_F(NameOrIdTest, ExactlyOneIsGiven) {
  EXPECT_EQ(parse({}), "which scale set? give SET, --name or --id");
  EXPECT_EQ(parse({"my-set", "--id", "2"}), "give only one of SET or --id");
  EXPECT_EQ(parse({"my-set", "--runner-group", "g", "--runner-group-id", "2"}),
            "give only one of --runner-group or --runner-group-id");
}

TEST_F(NameOrIdTest, AGroupsNameMayBeANumber) {
  EXPECT_EQ(parse({"my-set", "--runner-group", "3"}), "");
  EXPECT_EQ(group_.name, "3");
  EXPECT_EQ(group_.id, 0);
  EXPECT_EQ(parse({"my-set", "--runner-group-id", "3"}), "");
  EXPECT_EQ(group_.name, "");
  EXPECT_EQ(group_.id, 3);
}

TEST_F(NameOrIdTest, TheCommandLineGoesBeforeTheEnvironment) {
  ::setenv("NAME_OR_ID_GROUP", "from-environment", 1);
  EXPECT_EQ(parse({"my-set"}), "");
  EXPECT_EQ(group_.name, "from-environment");
  EXPECT_EQ(parse({"my-set", "--runner-group-id", "3"}), "");
  EXPECT_EQ(group_.id, 3);
  EXPECT_EQ(group_.name, "");
}

TEST_F(NameOrIdTest, TwoVariablesAreNotChosenBetween) {
  ::setenv("NAME_OR_ID_GROUP", "from-environment", 1);
  ::setenv("NAME_OR_ID_GROUP_ID", "4", 1);
  EXPECT_EQ(parse({"my-set"}), "give only one of NAME_OR_ID_GROUP or NAME_OR_ID_GROUP_ID");
}

/// Walks, so that no command that is added later takes a number for an id or a name.
TEST(NameOrIdOfThePrograms, EveryCommandThatTakesAScaleSetOrARunnerRefusesDigits) {
  CLI::App walked{"program", "scaleset"};
  Action none;
  add_commands(walked, none);
  std::vector<std::pair<std::string, std::string>> all;
  for_every_option(walked, [&all](std::string const& path, CLI::Option& option) {
    std::string const name = option.get_name();
    // What the autoscaler of this machine serves is known by its names.
    if (path == "runner add") return;
    if (name == "SET" || name == "RUNNER" || name == "--set") all.emplace_back(path, name);
  });
  EXPECT_EQ(all.size(), 7U);
  for (auto const& [path, name] : all) {
    CLI::App app{"program", "scaleset"};
    Action action;
    add_commands(app, action);
    auto words = CLI::detail::split(path, ' ');
    if (name == "--set") words.push_back(name);
    words.emplace_back("2");
    std::ranges::reverse(words);
    try {
      app.parse(std::move(words));
      ADD_FAILURE() << path;
    } catch (CLI::ParseError const& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("--id 2"), HasSubstr("--name 2"))) << path;
    }
  }
}

}  // namespace
}  // namespace scaleset::cli
