#include "cli/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace scaleset::cli {
namespace {

using ::testing::HasSubstr;

struct Program {
  Program() {
    auto* set = app.add_subcommand("set", "Runner scale sets");
    auto* create = set->add_subcommand("create", "It's made");
    create->add_option("--token-file", file, "A file");
    create->add_flag("--dry", dry, "Only look");
    create->add_option("NAME", name, "A name");
  }
  CLI::App app{"program", "scaleset"};
  std::string file;
  std::string name;
  bool dry = false;
};

TEST(Completion, WordsOfEverySubcommand) {
  Program program;
  auto const all = command_words(program.app);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].path, "");
  EXPECT_EQ(all[0].words[0].text, "set");
  EXPECT_EQ(all[1].path, "set");
  EXPECT_EQ(all[1].words[0].description, "It's made");
  EXPECT_EQ(all[2].path, "set create");
  ASSERT_EQ(all[2].words.size(), 3U);  // positional arguments have no word
  EXPECT_EQ(all[2].words[0].text, "--help");
  EXPECT_FALSE(all[2].words[0].takes_value);
  EXPECT_EQ(all[2].words[1].text, "--token-file");
  EXPECT_TRUE(all[2].words[1].takes_file);
  EXPECT_EQ(all[2].words[2].text, "--dry");
  EXPECT_FALSE(all[2].words[2].takes_value);
}

TEST(Completion, DescriptionsAreQuoted) {
  Program program;
  auto const all = command_words(program.app);
  EXPECT_THAT(zsh_completion(all), HasSubstr("'create:It'\\''s made'"));
  EXPECT_THAT(fish_completion(all), HasSubstr("-d 'It\\'s made'"));
  EXPECT_THAT(bash_completion(all), HasSubstr("' set create'"));
}

}  // namespace
}  // namespace scaleset::cli
