#include "cli/given.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace scaleset::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Given : public ::testing::Test {
 protected:
  ~Given() override {
    ::unsetenv("SCALESET_TEST_ONE");
    ::unsetenv("SCALESET_TEST_OTHER");
  }

  CLI::App command{"test"};
  CLI::Option* one = command.add_option("--one")->envname("SCALESET_TEST_ONE");
  CLI::Option* other = command.add_option("--other")->envname("SCALESET_TEST_OTHER");
};

TEST_F(Given, TheCommandLineGoesBeforeTheEnvironment) {
  command.parse(std::vector<std::string>{});
  EXPECT_THAT(given(command, {one, other}), IsEmpty());
  ::setenv("SCALESET_TEST_ONE", "1", 1);
  command.parse(std::vector<std::string>{});
  EXPECT_THAT(given(command, {one, other}), ElementsAre(one));
  EXPECT_FALSE(is_typed(command, *one));
  EXPECT_EQ(source_of(command, *one), "SCALESET_TEST_ONE");
  command.parse(std::vector<std::string>{"2", "--other"});
  EXPECT_THAT(given(command, {one, other}), ElementsAre(other));
  EXPECT_EQ(source_of(command, *other), "--other");
  command.parse(std::vector<std::string>{"2", "--other", "1", "--one"});
  EXPECT_THAT(given(command, {one, other}), ElementsAre(one, other));
}

TEST_F(Given, TwoVariablesAreBothGiven) {
  ::setenv("SCALESET_TEST_ONE", "1", 1);
  ::setenv("SCALESET_TEST_OTHER", "2", 1);
  command.parse(std::vector<std::string>{});
  EXPECT_THAT(given(command, {one, other}), ElementsAre(one, other));
}

TEST(GivenWords, AreListed) {
  EXPECT_EQ(listed({}, "or"), "");
  EXPECT_EQ(listed({"a"}, "or"), "a");
  EXPECT_EQ(listed({"a", "b"}, "or"), "a or b");
  EXPECT_EQ(listed({"a", "b", "c"}, "and"), "a, b and c");
}

TEST(GivenFlags, AreFoundInATextOnce) {
  EXPECT_THAT(flags_in("--url is missing; give --url https://a--b, or the --app-... flags"),
              ElementsAre("--url", "--b", "--app"));
  EXPECT_THAT(flags_in("no -- flag - here"), IsEmpty());
  EXPECT_THAT(flags_in(""), IsEmpty());
  EXPECT_THAT(flags_in("--min-runners (1) and --max-runners"),
              ElementsAre("--min-runners", "--max-runners"));
}

}  // namespace
}  // namespace scaleset::cli
