#include "cli/choice_flag.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace scaleset::cli {
namespace {

TEST(ChoiceFlag, TakesOneOfItsWordsOnly) {
  CLI::App command{"test"};
  std::string level = "info";
  add_choice(command, "--level", {"debug", "info", "warn"}, level, "Level");
  command.parse(std::vector<std::string>{"warn", "--level"});
  EXPECT_EQ(level, "warn");
  for (char const* const wrong : {"Warn", "loud", "debug,info", "warn "}) {
    try {
      command.parse(std::vector<std::string>{wrong, "--level"});
      ADD_FAILURE() << wrong;
    } catch (CLI::ParseError const& error) {
      EXPECT_STREQ(error.what(), "--level must be debug, info or warn") << "without the value";
    }
  }
  EXPECT_EQ(level, "warn");
}

}  // namespace
}  // namespace scaleset::cli
