#include "cli/every_flag.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <set>

#include "cli/cli.hpp"

namespace scaleset::cli {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// The whole program, as run() builds it.
struct Program {
  Program() { add_commands(app, action); }

  /// The error that the arguments give; empty if there is none.
  std::string refusal(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // as CLI11 expects them
    try {
      app.parse(std::move(arguments));
    } catch (CLI::Success const&) {
      return "";
    } catch (CLI::ParseError const& error) {
      return error.what();
    }
    return "";
  }

  CLI::App app{"program", "scaleset"};
  Action action;
};

struct Place {
  std::string path;
  std::string name;      // "--url", or "SET" for a positional argument
  std::string variable;  // of the environment
  std::string type;
};

std::vector<Place> places() {
  Program program;
  std::vector<Place> all;
  for_every_option(program.app, [&all](std::string const& path, CLI::Option& option) {
    if (option.get_items_expected_max() > 0)
      all.push_back({path, option.get_name(), option.get_envname(), option.get_type_name()});
  });
  return all;
}

std::vector<std::string> words(std::string const& path) {
  return path.empty() ? std::vector<std::string>() : CLI::detail::split(path, ' ');
}

TEST(EveryFlag, RefusesAnEmptyValueAndNamesItself) {
  auto const all = places();
  ASSERT_GT(all.size(), 150U) << "the walk reaches the subcommands of subcommands";
  Program program;  // parses again and again: to build it takes long
  for (auto const& place : all) {
    for (char const* const blank : {"", " ", "\t"}) {
      auto arguments = words(place.path);
      if (place.name.starts_with('-')) arguments.push_back(place.name);
      arguments.emplace_back(blank);
      EXPECT_THAT(program.refusal(arguments), StartsWith(place.name + ": is empty"))
          << place.path << " " << place.name;
    }
  }
}

TEST(EveryFlag, AnEmptyVariableCountsAsNotSet) {
  ::setenv("SCALESET_TIMEOUT", "", 1);
  Program program;
  EXPECT_EQ(program.refusal({"token"}), "");
  ::setenv("SCALESET_TIMEOUT", " ", 1);
  Program other;
  EXPECT_THAT(other.refusal({"token"}),
              AllOf(HasSubstr("--timeout"), HasSubstr("SCALESET_TIMEOUT")));
  ::unsetenv("SCALESET_TIMEOUT");
}

TEST(EveryFlag, RefusesControlCharactersExceptInShellCommands) {
  auto const all = places();
  Program program;
  std::set<std::string> scripts;
  for (auto const& place : all) {
    auto arguments = words(place.path);
    if (place.name.starts_with('-')) arguments.push_back(place.name);
    arguments.emplace_back("a\nb");
    std::string const refusal = program.refusal(arguments);
    if (refusal.find("control characters") == std::string::npos) scripts.insert(place.name);
  }
  EXPECT_EQ(scripts, (std::set<std::string>{"--exec", "--token-command"}));
}

TEST(EveryFlag, AnEmptyValueAfterAnEqualsSignIsAWordOfItsOwn) {
  using ::testing::ElementsAre;
  auto const read = [](std::vector<char const*> arguments) {
    return words_of(static_cast<int>(arguments.size()), arguments.data());
  };
  EXPECT_THAT(read({"scaleset", "set", "create", "--labels=", "my-set"}),
              ElementsAre("set", "create", "--labels", "", "my-set"));
  EXPECT_THAT(read({"scaleset", "run", "--url=", "--name="}),
              ElementsAre("run", "--url", "", "--name", ""));
  EXPECT_THAT(read({"scaleset", "set", "--labels=a="}), ElementsAre("set", "--labels=a="));
  EXPECT_THAT(read({"scaleset", "set", "--", "--labels="}), ElementsAre("set", "--", "--labels="));
  EXPECT_THAT(read({"scaleset", "simulate-runner", "--jitconfig="}),
              ElementsAre("simulate-runner", "--jitconfig="));
  EXPECT_THAT(read({"scaleset"}), ElementsAre());
  EXPECT_THAT(read({}), ElementsAre());
}

TEST(EveryFlag, OfRunIsReadFromTheEnvironment) {
  for (auto const& place : places()) {
    if (place.path != "run") continue;
    EXPECT_THAT(place.variable, StartsWith("SCALESET_")) << place.name;
  }
}

/// README.md says so, with this list.
TEST(EveryFlag, IsReadFromTheEnvironmentUnlessItIsForOneCall) {
  std::set<std::string> const for_one_call{"--automatic-update",
                                           "--id",
                                           "--labels",
                                           "--name",
                                           "--new-name",
                                           "--new-runner-group",
                                           "--new-runner-group-id",
                                           "--runner-name"};
  std::set<std::string> read;
  for (auto const& place : places()) {
    auto const first = place.path.substr(0, place.path.find(' '));
    bool const local =
        first == "simulate-runner" || first == "completion" || first == "config" || first.empty();
    bool const positional = !place.name.starts_with('-');
    bool const expected =
        !local && !positional && (first == "run" || !for_one_call.contains(place.name));
    EXPECT_EQ(!place.variable.empty(), expected) << place.path << " " << place.name;
    if (expected) read.insert(place.name + " " + place.variable);
  }
  EXPECT_TRUE(read.contains("--app-installation-id SCALESET_APP_INSTALLATION_ID"));
  EXPECT_TRUE(read.contains("--set SCALESET_SET"));
  EXPECT_TRUE(read.contains("--timeout SCALESET_TIMEOUT"));
  EXPECT_TRUE(read.contains("--state SCALESET_STATE"));
}

TEST(EveryFlag, AWrongVariableOfOneCommandIsNoMatterToAnother) {
  ::setenv("SCALESET_MAX_RUNNERS", "many", 1);
  Program program;
  EXPECT_EQ(program.refusal({"token"}), "");
  Program listening;
  EXPECT_EQ(listening.refusal({"listen", "--set", "s", "--max-runners", "3"}), "");
  Program running;
  EXPECT_THAT(running.refusal({"run"}), HasSubstr("--max-runners must be"));
  ::unsetenv("SCALESET_MAX_RUNNERS");
}

/// A variable that is set for one of them would change the other.
TEST(EveryFlag, OfTheSimulatorIsNoFlagOfAnyOtherCommand) {
  std::set<std::string> of_simulate;
  std::set<std::string> of_others;
  for (auto const& place : places()) {
    if (place.variable.empty()) continue;
    (place.path == "simulate" ? of_simulate : of_others).insert(place.variable);
  }
  EXPECT_GT(of_simulate.size(), 30U);
  for (std::string const& variable : of_simulate)
    EXPECT_FALSE(of_others.contains(variable)) << variable;
}

/// CLI11's own errors for these ("Could not convert", ranges of 300 digits) say nothing to users.
TEST(EveryFlag, WithANumberIsReadByAddNumberOrAddSeconds) {
  for (auto const& place : places()) {
    EXPECT_THAT(place.type, Not(AnyOf(HasSubstr("INT"), HasSubstr("FLOAT"), HasSubstr("NONNEG"),
                                      HasSubstr(" - "))))
        << place.path << " " << place.name;
  }
}

void expect_own_example(CLI::App const& command, std::string const& path) {
  for (auto const* below : command.get_subcommands({})) {
    std::string const name = path + " " + below->get_name();
    // It passes its arguments on, and groups of subcommands have none.
    if (name != "scaleset simulate-runner" && below->get_require_subcommand_min() == 0) {
      EXPECT_THAT(below->get_footer(), HasSubstr("Example:\n  " + name + " ")) << name;
    }
    expect_own_example(*below, name);
  }
}

TEST(EveryFlag, EverySubcommandShowsItsOwnExample) {
  Program const program;
  expect_own_example(program.app, "scaleset");
}

}  // namespace
}  // namespace scaleset::cli
