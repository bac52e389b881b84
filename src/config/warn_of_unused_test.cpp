#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/testing/config_text.hpp"

namespace scaleset::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char const* kTop = R"([credential.main]
token = { file = "token.txt" }
[template.linux]
runner_dir = "runner"
)";
constexpr char const* kBudget = "[budget.host]\nslots = 4\n";  // in lines 5 and 6

std::string with_budget(std::string const& lines, std::string const& of_set) {
  return warnings(std::string(kTop) + kBudget + lines +
                  set_named("a", "budget = \"host\"\n" + of_set));
}

TEST(Unused, NothingIs) {
  EXPECT_EQ(warnings(kTop + set_named("a")), "") << "the only ones are used without their names";
  EXPECT_EQ(with_budget("overcommit = 2\n", "weight = 2\ncost = { slots = 2 }"), "");
  EXPECT_EQ(with_budget("memory = 8\n", "cost = { slots = 2, memory = 1 }"), "");
  EXPECT_EQ(
      warnings(std::string(kTop) + "[credential.b]\ntoken = { env = \"T\" }\n" +
               set_named("a", "credential = \"main\"") + set_named("c", "credential = \"b\"")),
      "");
}

TEST(Unused, TablesThatNoScaleSetNames) {
  EXPECT_EQ(warnings(std::string(kTop) + kBudget + set_named("a")),
            "f:5:1: no scale set uses the budget \"host\"; say `budget = \"host\"` in a "
            "[[scale_set]], or remove it\n");
  EXPECT_EQ(warnings(std::string(kTop) + "[credential.old]\ntoken = { env = \"T\" }\n" +
                     "[template.old]\nrunner_dir = \"r\"\n" +
                     set_named("a", "credential = \"main\"\ntemplate = \"linux\"")),
            "f:5:1: no scale set uses the credential \"old\"; say `credential = \"old\"` in a "
            "[[scale_set]], or remove it\n"
            "f:7:1: no scale set uses the template \"old\"; say `template = \"old\"` in a "
            "[[scale_set]], or remove it\n");
}

TEST(Unused, TheOnlyTableIsNotUsedByThoseThatHaveTheirOwn) {
  EXPECT_THAT(warnings(kTop + set_named("a",
                                        "credential = { token = { env = \"T\" } }\n"
                                        "template = { runner_dir = \"r\" }")),
              AllOf(HasSubstr("f:1:1: no scale set uses the credential \"main\""),
                    HasSubstr("f:3:1: no scale set uses the template \"linux\"")));
}

// Each word in a budget is a resource, also one that is misspelt.
TEST(Unused, ResourcesThatNothingCosts) {
  std::string const said = ", and no `cost` of a scale set uses it";
  EXPECT_EQ(with_budget("overcomit = 2\n", ""),
            "f:7:13: the budget has \"overcomit\"" + said + "; did you mean \"overcommit\"?\n");
  EXPECT_EQ(with_budget("memroy = \"8GiB\"\n", ""),
            "f:7:10: the budget has \"memroy\"" + said + "; did you mean \"memory\"?\n");
  EXPECT_EQ(with_budget("licence = 1\nlicense = 1\n", "cost = { slots = 1, license = 1 }"),
            "f:7:11: the budget has \"licence\"" + said + "; did you mean \"license\"?\n");
  EXPECT_EQ(with_budget("memory = 8\n", ""), "f:7:10: the budget has \"memory\"" + said + "\n");
}

TEST(Unused, KeysThatNeedABudget) {
  EXPECT_EQ(warnings(kTop + set_named("a", "weight = 2\ncost = { slots = 1 }")),
            "f:8:10: `weight` has no effect without a `budget`\n"
            "f:9:8: `cost` has no effect without a `budget`\n");
}

TEST(Unused, IsToldInTheOrderOfTheFile) {
  EXPECT_THAT(
      warnings(kTop + set_named("a", "weight = 2") + "[budget.b]\nslots = 1\n[budget.a]\n" +
               "slots = 1\n"),
      ::testing::MatchesRegex("f:8:[^\n]*\nf:9:[^\n]*\"b\"[^\n]*\nf:11:[^\n]*\"a\"[^\n]*\n"));
}

}  // namespace
}  // namespace scaleset::config
