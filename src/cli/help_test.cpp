// What the program says about itself: whoever copies an example, or a flag from a document, gets
// what they expect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "base/files.hpp"
#include "cli/cli.hpp"
#include "cli/every_flag.hpp"
#include "cli/testing/commands_fixture.hpp"

namespace scaleset::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::lines;
using ::testing::Not;
using testing::Words;

struct Program {
  Program() { add_commands(app, action); }
  CLI::App app{"program", "scaleset"};
  Action action;
};

/// Every command with its path: "set create".
std::map<std::string, CLI::App const*> commands(CLI::App const& app, std::string const& path = "") {
  std::map<std::string, CLI::App const*> all;
  for (auto const* below : app.get_subcommands({})) {
    std::string const name = (path.empty() ? "" : path + " ") + below->get_name();
    all[name] = below;
    all.merge(commands(*below, name));
  }
  return all;
}

/// The words of a command line as a shell takes them: quotes hold words together, and what follows
/// a redirection is not the program's.
Words shell_words(std::string const& line) {
  Words words;
  std::string word;
  char quote = 0;
  for (char const c : line + " ") {
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote == 0 && (c == '>' || c == '|')) {
      break;
    } else if (quote == 0 && c == ' ') {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  return words;
}

/// The command lines below "Example:", each without the remark behind it. A line that is indented
/// further goes on with the one above.
Words examples_in(std::string const& footer) {
  Words examples;
  for (std::string line : lines(footer)) {
    line.resize(std::min(line.find("   ("), line.size()));
    if (line.starts_with("  scaleset "))
      examples.push_back(line.substr(2));
    else if (line.starts_with("    ") && !examples.empty())
      examples.back() += " " + line.substr(4);
  }
  return examples;
}

std::string refusal_of(std::string const& example) {
  Program program;
  auto words = shell_words(example);
  words.erase(words.begin());
  std::ranges::reverse(words);
  try {
    program.app.parse(std::move(words));
  } catch (CLI::ParseError const& error) {
    return error.what();
  }
  return "";
}

TEST(Help, EveryExampleIsACommandLineThatCanBeParsed) {
  Program const program;
  std::size_t count = 0;
  for (auto const& [path, command] : commands(program.app)) {
    for (std::string const& example : examples_in(command->get_footer())) {
      EXPECT_EQ(refusal_of(example), "") << path << ": " << example;
      ++count;
    }
  }
  EXPECT_GT(count, 30U) << "they are found";
  EXPECT_NE(refusal_of("scaleset set create --lables a"), "") << "a mistake would be noticed";
}

TEST(Help, EveryCommandThatDoesSomethingHasAnExampleOfItself) {
  Program const program;
  for (auto const& [path, command] : commands(program.app)) {
    if (command->get_require_subcommand_min() > 0) continue;
    if (path == "simulate-runner") continue;  // the pretend runner starts it
    auto const examples = examples_in(command->get_footer());
    EXPECT_FALSE(examples.empty()) << path;
    for (std::string const& example : examples)
      EXPECT_TRUE((example + " ").starts_with("scaleset " + path + " ")) << path << ": " << example;
  }
}

TEST(Help, EverythingIsDescribedInASentenceWithoutItsFullStop) {
  Program program;
  for (auto const& [path, command] : commands(program.app)) {
    std::string const text = command->get_description();
    EXPECT_GE(text.size(), 10U) << path;
    EXPECT_FALSE(text.ends_with('.')) << path << ": " << text;
    EXPECT_THAT(text, Not(HasSubstr("  "))) << path;
  }
  for_every_option(program.app, [](std::string const& path, CLI::Option& option) {
    std::string const& text = option.get_description();
    EXPECT_GE(text.size(), 8U) << path << " " << option.get_name();
    EXPECT_FALSE(text.ends_with('.')) << path << " " << option.get_name() << ": " << text;
  });
}

TEST(Help, AGroupOfCommandsListsThem) {
  Program const program;
  for (auto const& [path, command] : commands(program.app)) {
    if (command->get_require_subcommand_min() == 0) continue;
    for (auto const* below : command->get_subcommands({})) {
      if (below->get_name() == "reference") continue;  // for those who work on the documents
      EXPECT_THAT(command->get_description(), HasSubstr(below->get_name())) << path;
    }
  }
}

TEST(Help, ANameMeansTheSameEverywhere) {
  Program program;
  std::map<std::string, std::set<std::string>> types;  // by the flag
  for_every_option(program.app, [&types](std::string const&, CLI::Option& option) {
    if (option.get_name().starts_with("--"))
      types[option.get_name()].insert(option.get_type_name());
  });
  for (auto const& [flag, kinds] : types) EXPECT_EQ(kinds.size(), 1U) << flag;
}

TEST(Help, OfEachCommandIsPrintedWithExitCodeZero) {
  Program const program;
  for (auto const& [path, command] : commands(program.app)) {
    if (path == "simulate-runner") continue;
    auto words = testing::split(path);
    words.emplace_back("--help");
    auto const outcome = testing::call(words);
    EXPECT_EQ(outcome.code, kExitSuccess) << path;
    EXPECT_EQ(outcome.err, "") << path;
    // Its first words, since lines are broken.
    EXPECT_THAT(outcome.out, HasSubstr(command->get_description().substr(0, 12))) << path;
    for (auto const* option : command->get_options()) {
      if (!option->get_name().starts_with("--")) continue;
      EXPECT_THAT(outcome.out, HasSubstr(option->get_name())) << path;
    }
  }
}

// Documents.

std::string document(std::string const& name) {
  return base::read_file(fs::path(SCALESET_SOURCE_DIR) / name).value();
}

constexpr auto kDocuments =
    std::to_array<char const*>({"README.md", "docs/commands.md", "docs/configuration.md",
                                "docs/service.md", "docs/offline.md"});

/// What stands between `scaleset and the end of the code, up to its line's end.
std::set<std::string> commands_in(std::string const& text) {
  std::set<std::string> found;
  std::regex const begin(R"((?:`|\n|bin/)scaleset ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?))");
  for (std::sregex_iterator match(text.begin(), text.end(), begin), end; match != end; ++match)
    found.insert((*match)[1]);
  return found;
}

TEST(Documents, NameOnlyCommandsThatThereAre) {
  Program const program;
  auto const known = commands(program.app);
  std::size_t count = 0;
  for (char const* const name : kDocuments) {
    for (std::string const& words : commands_in(document(name))) {
      std::string const first = words.substr(0, words.find(' '));
      ASSERT_TRUE(known.contains(first)) << name << ": scaleset " << words;
      bool const is_group = known.at(first)->get_require_subcommand_min() > 0;
      bool const is_known = !is_group || words == first || known.contains(words);
      EXPECT_TRUE(is_known) << name << ": " << words;
      ++count;
    }
  }
  EXPECT_GT(count, 30U) << "they are found";
}

TEST(Documents, NameEveryCommand) {
  Program const program;
  std::string all;
  for (char const* const name : kDocuments) all += document(name);
  for (auto const& [path, command] : commands(program.app)) {
    if (path == "simulate-runner" || command->get_require_subcommand_min() > 0) continue;
    std::string const last = path.substr(path.rfind(' ') + 1);
    EXPECT_TRUE(all.contains(last)) << path;
  }
}

TEST(Documents, NameOnlyFlagsThatThereAre) {
  Program program;
  std::set<std::string> known;
  for_every_option(program.app, [&known](std::string const&, CLI::Option& option) {
    for (std::string const& name : option.get_lnames()) known.insert("--" + name);
  });
  // Of other programs.
  std::set<std::string> const others{"--install", "--build",  "--preset", "--help", "--user",
                                     "--now",     "--reload", "--once",   "--data"};
  std::regex const flag("`[^`\\n]*?(--[a-z][a-z-]*[a-z])");
  for (char const* const name : kDocuments) {
    std::string const text = document(name);
    for (std::sregex_iterator match(text.begin(), text.end(), flag), end; match != end; ++match) {
      std::string const found = (*match)[1];
      EXPECT_TRUE(known.contains(found) || others.contains(found)) << name << ": " << found;
    }
  }
}

}  // namespace
}  // namespace scaleset::cli
