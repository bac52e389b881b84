#include "config/unknown_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/testing/config_text.hpp"

namespace scaleset::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char const* kTop = R"([credential.main]
token = { file = "token.txt" }
[template.linux]
runner_dir = "runner"
)";
/// Line 8 has the key, in the scale set.
std::string of_set(std::string const& line) { return mistakes(kTop + set_named("a", line)); }

struct Case {
  char const* line;
  char const* advice;
};

TEST(UnknownKey, NamesOfFlagsAreKnown) {
  for (auto const& [line, advice] : {
           Case{"min_runners = 1", "did you mean \"min_idle\"?"},
           Case{"min-runners = 1", "did you mean \"min_idle\"?"},
           Case{"max-runners = 1", "did you mean \"max_runners\"?"},
           Case{"--max-runners = 1", "did you mean \"max_runners\"?"},
           Case{"Max_Runners = 1", "did you mean \"max_runners\"?"},
           Case{"min-idle-age = \"1s\"", "did you mean \"min_idle_age\"?"},
           Case{"runner-group = \"g\"", "did you mean \"group\"?"},
           Case{"token-file = \"t\"", "write token = { file = \"...\" } in [credential.NAME]"},
           Case{"app-client-id = \"i\"",
                "write app = { client_id = \"...\" } in [credential.NAME]"},
           Case{"log_level = \"debug\"", "write log.level"},
           Case{"socket = \"s\"", "write --socket FILE of `scaleset run`"},
       })
    EXPECT_THAT(of_set(line), AllOf(StartsWith("f:8:1: there is no key "),
                                    ::testing::EndsWith(std::string("; ") + advice + "\n")))
        << line;
  EXPECT_THAT(mistakes("[credential.main]\ntoken-file = \"t\"\n" + set_named("a")),
              HasSubstr("there is no key \"token-file\" here; write token = { file = \"...\" }\n"));
}

TEST(UnknownKey, KeysOfOtherTablesAreNamedWithTheTable) {
  EXPECT_THAT(of_set("runner_dir = \"r\""),
              HasSubstr("; \"runner_dir\" is a key of [template.NAME]\n"));
  EXPECT_THAT(of_set("state-dir = \"r\""),
              HasSubstr("; \"state_dir\" is a key of the file itself, before all tables\n"));
  EXPECT_THAT(mistakes("min_total = 2\n" + (kTop + set_named("a"))),
              HasSubstr("f:1:1: there is no key \"min_total\" here; \"min_total\" is a key of "
                        "[[scale_set]] or [[scale_set.schedule]]\n"));
}

TEST(UnknownKey, OthersHaveTheNearestOrAll) {
  EXPECT_EQ(unknown_key("max_runner", {"min_idle", "max_runners"}).meant, "max_runners");
  EXPECT_EQ(unknown_key("zzz", {"one", "two"}).advice, "; the keys are one, two");
  EXPECT_EQ(unknown_key("zzz", {"one", "two"}).meant, "");
}

}  // namespace
}  // namespace scaleset::config
