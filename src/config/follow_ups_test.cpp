#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "config/testing/config_text.hpp"

/// One mistake is told once, not again as what follows from it.
namespace scaleset::config {
namespace {

using ::testing::HasSubstr;

constexpr char const* kTop = R"([credential.main]
token = { file = "token.txt" }
[template.linux]
runner_dir = "runner"
)";

auto lines_in(std::string const& text) { return std::ranges::count(text, '\n'); }

TEST(FollowUps, OfAValueThatCannotBeReadThereAreNone) {
  for (char const* line : {
           "max_runners = \"20\"\nmin_idle = 15",
           "max_runners = 20\nmin_idle = 15\nmin_total = 30.5",
           "budget = \"host\"\ncost = { slots = \"many\" }\n[budget.host]\nslots = 1",
           "budget = \"host\"\n[budget.host]\nslots = \"many\"",
           "budget = \"host\"\nreserve = 5\n[budget.host]\nslots = 1\novercommit = 0",
           "budget = \"host\"\ncost = 1\n[budget.host]\nmemory = 1",
           "credential = 5",
           "credential = { token = \"t\" }",
           "credential = { token = { file = 5 } }",
           "credential = { token = { fiel = \"t\" } }",
           "credential.app = { client_idd = \"c\", installation_id = 1, private_key.env = \"K\" }",
           "template = 5",
           "[[scale_set.schedule]]\ncron = 1\nfor = \"1h\"",
           "[[scale_set.schedule]]\ncorn = \"0 8 * * *\"\nfor = \"1h\"\nmin_idle = 1",
           "[[scale_set.schedule]]\ncron = \"0 8 * * *\"\nfor = \"1h\"\nmax_runner = 1",
           "labels = [\"a\", 1]",
           "nam = \"b\"",
           "credentail = \"main\"\n[credential.other]\ntoken = { env = \"T\" }",
           "budget = \"host\"\n[budgets.host]\nslots = 1",
       }) {
    std::string const said = mistakes(kTop + set_named("a", line));
    EXPECT_EQ(lines_in(said), 1) << line << "\n" << said;
  }
}

TEST(FollowUps, OfATableThatIsMisspeltThereAreNone) {
  EXPECT_EQ(mistakes("[credentials.main]\ntoken = { file = \"t\" }\n[template.t]\nrunner_dir = "
                     "\"r\"\n" +
                     set_named("a", "credential = \"main\"")),
            "f:1:2: there is no key \"credentials\" here; did you mean \"credential\"?\n");
  EXPECT_EQ(mistakes(std::string(kTop) + "[[scale_sets]]\nurl = \"https://github.com/o\"\n"),
            "f:5:3: there is no key \"scale_sets\" here; did you mean \"scale_set\"?\n");
  EXPECT_EQ(mistakes(std::string(kTop) +
                     "[[scale_set]]\nurll = \"https://github.com/o\"\nnmae = \"a\"\n"),
            "f:6:1: there is no key \"urll\" here; did you mean \"url\"?\n"
            "f:7:1: there is no key \"nmae\" here; did you mean \"name\"?\n");
}

TEST(FollowUps, OfAHeadingWithoutItsNameThereAreNone) {
  std::string const rest = "[template.t]\nrunner_dir = \"r\"\n" + set_named("a");
  std::string const said =
      "f:1:1: [credential] has no name; write [credential.main], or another "
      "name of yours\n";
  EXPECT_EQ(mistakes("[credential]\ntoken = { file = \"t\" }\n" + rest), said);
  EXPECT_EQ(mistakes("[credential]\napp.client_id = \"t\"\n" + rest), said);
  EXPECT_EQ(mistakes("[credential]\nstart_rate = 1\n" + rest), said);
  EXPECT_EQ(mistakes(kTop + ("[budget]\nslots = 4\n" + set_named("a", "budget = \"host\""))),
            "f:5:1: [budget] has no name; write [budget.main], or another name of yours\n");
  // These are names, although keys are called so, too.
  EXPECT_EQ(mistakes("[credential.token]\ntoken = { file = \"t\" }\n" + rest), "");
  EXPECT_EQ(mistakes("[credential.app]\ntoken = { file = \"t\" }\n" + rest), "");
  EXPECT_EQ(mistakes("[credential.proxy]\ntoken = { file = \"t\" }\n" + rest), "");
}

// What has nothing to do with it is told at the same time.
TEST(FollowUps, OtherMistakesAreStillTold) {
  std::string const said = mistakes(
      "on_stop = \"drian\"\n" + (kTop + set_named("a", "min_idel = 1")) +
      set_named("b", "credential = \"mian\"\nmax_jobb = \"1h\"") + set_named("d", "min_idle = 11") +
      set_named("c",
                "labels = [\"x\", \"x\"]\n[[scale_set.schedule]]\ncron = 5\nfor = "
                "\"1h\""));
  EXPECT_EQ(lines_in(said), 7) << said;
  EXPECT_THAT(said, AllOf(HasSubstr("must be one of \"detach\", \"drain\"; this is a text; did you "
                                    "mean \"drain\"?\n"),
                          HasSubstr("did you mean \"min_idle\"?"), HasSubstr("[credential.mian]"),
                          HasSubstr("`min_idle` (11) is greater"), HasSubstr("in the list twice"),
                          HasSubstr("\"cron\" must be a text")));
}

}  // namespace
}  // namespace scaleset::config
