#include "config/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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
[budget.host]
slots = 4
memory = "8GiB"
)";

std::string of_set(std::string const& lines) { return mistakes(kTop + set_named("a", lines)); }
std::string of_credential(std::string const& line) {
  return mistakes(kTop + ("[credential.other]\n" + line + "\n") +
                  set_named("a", "credential = \"main\""));
}

TEST(Contradictions, AGoodConfigurationHasNone) {
  EXPECT_EQ(of_set("budget = \"host\"\nreserve = 2\nmin_idle = 10\nmin_total = 10"), "");
  EXPECT_EQ(mistakes(kTop + set_named("a") + set_named("b") + set_named("a", "group = \"g\"")), "");
}

TEST(Contradictions, NamesOfWhatIsNotThere) {
  EXPECT_THAT(of_set("credential = \"mein\""),
              HasSubstr("f:11:14: there is no [credential.mein]; did you mean \"main\"?"));
  EXPECT_THAT(of_set("template = \"windows\""),
              HasSubstr("there is no [template.windows]; add one"));
  EXPECT_THAT(of_set("budget = \"hosts\""), HasSubstr("did you mean \"host\"?"));
}

TEST(Contradictions, NamesAreWords) {
  EXPECT_THAT(mistakes("[template.\"a.b\"]\nrunner_dir = \"r\"\n" + set_named("a")),
              HasSubstr("f:1:1: the template \"a.b\" must have a name of letters"));
  EXPECT_THAT(mistakes("[budget.host]\n\"\" = 1\n" + set_named("a")),
              HasSubstr("the resource \"\" must have a name"));
}

TEST(Contradictions, OneOfSeveralMustBeNamed) {
  EXPECT_THAT(
      mistakes(std::string(kTop) + "[credential.b]\ntoken = { env = \"T\" }\n" + set_named("a")),
      HasSubstr("the scale set must name its credential, since there are several"));
  EXPECT_THAT(mistakes(set_named("a")),
              AllOf(HasSubstr("the scale set has no credential; add a [credential.NAME]"),
                    HasSubstr("the scale set has no template; add a [template.NAME]")));
}

TEST(Contradictions, OfCredentials) {
  EXPECT_THAT(of_credential(""), HasSubstr("needs either a `token` or an `app`"));
  EXPECT_THAT(of_credential("token = { file = \"t\" }\napp = { client_id = \"c\", installation_id "
                            "= 1, private_key = { file = \"k\" } }"),
              HasSubstr("needs either a `token` or an `app`"));
  EXPECT_THAT(of_credential("token = {}"), HasSubstr("the token must be in exactly one place"));
  EXPECT_THAT(of_credential("token = { file = \"t\", env = \"T\" }"),
              HasSubstr("the token must be in exactly one place"));
  EXPECT_THAT(of_credential("app = { client_id = \"c\", installation_id = 1 }"),
              HasSubstr("the App's private key must be in exactly one place"));
  EXPECT_THAT(
      of_credential("app = { client_id = \"c\", installation_id = 1, private_key = { command "
                    "= \"cat k\" } }"),
      HasSubstr("the App's private key cannot come from a command"));
  EXPECT_THAT(of_credential("app = { private_key = { file = \"k\" } }"),
              AllOf(HasSubstr("\"client_id\" is missing in \"app\""),
                    HasSubstr("\"installation_id\" is missing in \"app\"")));
  EXPECT_THAT(of_set("credential = { token = {} }"), HasSubstr("f:11:24: the token must be"));
}

TEST(Contradictions, OfProxies) {
  auto const of_proxy = [](std::string const& proxy) {
    return of_credential("token = { file = \"t\" }\nproxy = { " + proxy + " }");
  };
  EXPECT_EQ(of_proxy("url = \"http://p:3128\", username = \"u\", password = { file = \"p\" }"), "");
  EXPECT_THAT(of_proxy("username = \"u\""), HasSubstr("\"url\" is missing in \"proxy\""));
  EXPECT_THAT(of_proxy("url = \"p\""), HasSubstr("the proxy's URL cannot be used"));
  EXPECT_THAT(
      of_proxy("url = \"http://u:geheim@p\""),
      AllOf(HasSubstr("has a user or a password in it"), ::testing::Not(HasSubstr("geheim"))));
  EXPECT_THAT(of_proxy("url = \"http://p\", password = { file = \"p\" }"),
              HasSubstr("the proxy has a password and no `username`"));
  EXPECT_THAT(of_proxy("url = \"http://p\", username = \"u\", password = { file = \"p\", env = "
                       "\"P\" }"),
              HasSubstr("the proxy's password must be in exactly one place"));
}

TEST(Contradictions, OfWorkFolders) {
  std::string const said =
      "`work_folder` lies in the folder of each runner; give a name without `..` and without a "
      "slash before it, such as \"_work\"\n";
  EXPECT_EQ(of_set("template = { runner_dir = \"r\", work_folder = \"a/..b\" }"), "");
  EXPECT_EQ(of_set("template = { runner_dir = \"r\", work_folder = \"/mnt\" }"),
            "f:11:46: " + said);
  EXPECT_EQ(mistakes("[template.t]\nwork_folder = \"a/../../b\"\n[credential.c]\ntoken = { env = "
                     "\"T\" }\n" +
                     set_named("a")),
            "f:2:15: " + said);
}

TEST(Contradictions, OfLimits) {
  EXPECT_THAT(of_set("min_idle = 11"),
              HasSubstr("f:11:12: `min_idle` (11) is greater than `max_runners` (10)"));
  EXPECT_THAT(of_set("min_total = 3\nmax_runners = 2"),
              HasSubstr("`min_total` (3) is greater than `max_runners` (2)"));
}

// A schedule replaces what it names; the rest is the scale set's.
TEST(Contradictions, OfLimitsThatAScheduleReplaces) {
  struct Case {
    char const* set;
    char const* schedule;
    int problems;
  };
  for (auto const& [set, schedule, problems] : {
           Case{"max_runners = 5\nmin_idle = 5", "min_idle = 5", 0},
           Case{"max_runners = 5", "min_idle = 6", 1},
           Case{"max_runners = 5", "min_total = 6", 1},
           Case{"max_runners = 5", "min_idle = 6\nmin_total = 6", 2},
           Case{"max_runners = 5", "min_idle = 6\nmax_runners = 6", 0},
           Case{"max_runners = 5\nmin_idle = 4", "max_runners = 4", 0},
           Case{"max_runners = 5\nmin_idle = 4", "max_runners = 3", 1},
           Case{"max_runners = 5\nmin_idle = 4\nmin_total = 4", "max_runners = 3", 2},
           Case{"max_runners = 5\nmin_idle = 4", "max_runners = 3\nmin_idle = 0", 0},
           Case{"max_runners = 5\nmin_total = 5", "max_runners = 0\nmin_total = 0", 0},
       }) {
    std::string const said =
        of_set(std::string(set) + "\n[[scale_set.schedule]]\ncron = \"0 8 * * *\"\nfor = \"1h\"\n" +
               schedule);
    EXPECT_EQ(std::ranges::count(said, '\n'), problems) << set << "\n" << schedule << "\n" << said;
  }
}

TEST(Contradictions, OfReserves) {
  auto const with = [](std::string const& lines) { return of_set("budget = \"host\"\n" + lines); };
  EXPECT_EQ(with("max_runners = 2\nreserve = 2"), "");
  EXPECT_THAT(with("max_runners = 2\nreserve = 3"),
              HasSubstr("f:13:11: `reserve` (3) is greater than `max_runners` (2)"));
  EXPECT_EQ(with("reserve = 4"), "") << "all of the budget";
  EXPECT_THAT(with("reserve = 5"), HasSubstr("f:6:9: the reserves of the scale sets use 5"));
  EXPECT_EQ(with("reserve = 2\ncost = { slots = 2 }"), "");
  EXPECT_EQ(with("reserve = 1\ncost = { memory = \"8GiB\" }"), "");
  EXPECT_THAT(with("reserve = 2\ncost = { memory = \"8GiB\" }"),
              HasSubstr("use 16GiB of \"memory\", more than the budget has (8GiB)"));
}

TEST(Contradictions, OfSchedules) {
  auto const of_schedule = [](std::string const& lines) {
    return of_set("min_idle = 3\n[[scale_set.schedule]]\n" + lines);
  };
  EXPECT_EQ(of_schedule("cron = \"0 8 * * *\"\nfor = \"1h\"\nmax_runners = 3"), "");
  EXPECT_THAT(of_schedule("cron = \"0 25 * * *\"\nfor = \"1h\"\nmax_runners = 3"),
              HasSubstr("f:13:8: the hour \"25\" is not valid"));
  EXPECT_THAT(of_schedule("cron = \"0 8 * * *\"\nfor = \"1h\"\nzone = \"Mars\"\nmax_runners = 3"),
              HasSubstr("f:15:8: there is no time zone \"Mars\""));
  EXPECT_THAT(of_schedule("cron = \"0 8 * * *\"\nfor = \"1h\""),
              HasSubstr("this schedule changes nothing"));
  EXPECT_THAT(of_schedule("cron = \"0 8 * * *\"\nfor = \"1h\"\nmax_runners = 2"),
              HasSubstr("`min_idle` (3) is greater than `max_runners` (2)"));
  EXPECT_THAT(of_schedule("max_runners = 3"),
              AllOf(HasSubstr("\"cron\" is missing"), HasSubstr("\"for\" is missing")));
}

TEST(Contradictions, OfBudgets) {
  EXPECT_THAT(of_set("budget = \"host\"\ncost = { gpu = 1 }"),
              HasSubstr("f:12:16: a runner uses \"gpu\", and the budget \"host\" has none\n"));
  EXPECT_THAT(of_set("budget = \"host\"\ncost = { slots = 1, memroy = 1 }"),
              HasSubstr("f:12:30: a runner uses \"memroy\", and the budget \"host\" has none; did "
                        "you mean \"memory\"?\n"));
  EXPECT_THAT(of_set("budget = \"host\"\ncost = { slots = 5 }"),
              HasSubstr("a runner uses more \"slots\" than the budget \"host\" has"));
  EXPECT_THAT(of_set("budget = \"host\"\ncost = { slots = 0 }"),
              HasSubstr("a runner that uses nothing of the budget needs no budget"));
  EXPECT_THAT(of_set("reserve = 1"), HasSubstr("`reserve` has no effect without a `budget`"));
  EXPECT_THAT(of_set("budget = \"host\"\nmax_runners = 1\nreserve = 2"),
              HasSubstr("`reserve` (2) is greater than `max_runners` (1)"));
  EXPECT_THAT(mistakes(std::string(kTop) + "[budget.empty]\n" + set_named("a")),
              HasSubstr("f:8:1: the budget \"empty\" has no resource"));
}

TEST(Contradictions, ReservesFitIntoTheBudget) {
  std::string const reserve = "budget = \"host\"\nreserve = 2";
  EXPECT_EQ(mistakes(kTop + set_named("a", reserve) + set_named("b", reserve)), "");
  EXPECT_THAT(mistakes(kTop + set_named("a", reserve) +
                       set_named("b", reserve + "\ncost = { slots "
                                                "= 2 }")),
              HasSubstr("f:6:9: the reserves of the scale sets use 6 of \"slots\", more than the "
                        "budget has (4)"));
  EXPECT_THAT(mistakes(kTop + set_named("a", reserve + "\nrepositories = [\"x\", \"y\", \"z\"]")),
              HasSubstr("use 6 of \"slots\""))
      << "each repository has its own reserve";
}

// As they do where runners are started.
TEST(Contradictions, FractionsFillABudget) {
  auto const of = [](std::string const& more, std::string const& poor) {
    return mistakes(kTop +
                    ("[budget.gpus]\ngpu = 0.3\n" + set_named("a",
                                                              "budget = \"gpus\"\ncost = "
                                                              "{ gpu = 0.1 }\n" +
                                                                  more)) +
                    poor);
  };
  EXPECT_EQ(of("reserve = 3", ""), "") << "0.1 + 0.1 + 0.1 > 0.3 for a machine";
  EXPECT_THAT(of("reserve = 4", ""),
              HasSubstr("use 0.4 of \"gpu\", more than the budget has (0.3)"));
  std::string const other = "budget = \"gpus\"\ncost = { gpu = 0.1 }";
  EXPECT_EQ(of("reserve = 2", set_named("b", other)), "");
  EXPECT_THAT(of("reserve = 3", set_named("b", other)), HasSubstr("leave 0 of the 0.3"));
  EXPECT_EQ(
      warnings(kTop + ("[budget.gpus]\ngpu = 0.3\n" + set_named("a", other + "\nmin_idle = 3"))),
      "f:5:1: no scale set uses the budget \"host\"; say `budget = \"host\"` in a "
      "[[scale_set]], or remove it\n");
}

TEST(Contradictions, ReservesLeaveRoomForARunnerOfEachOther) {
  std::string const reserve = "budget = \"host\"\nreserve = ";
  std::string const poor = set_named("poor", "budget = \"host\"");
  EXPECT_EQ(mistakes(kTop + set_named("a", reserve + "3") + poor), "");
  EXPECT_EQ(
      mistakes(kTop + set_named("a", reserve + "3") + set_named("b", reserve + "1") + poor),
      "f:21:10: no runner of \"poor\" can ever start: it uses 1 of \"slots\", and the reserves "
      "of \"a\", \"b\" leave 0 of the 4 in the budget \"host\"; lower a reserve or raise the "
      "budget\n");
  EXPECT_THAT(mistakes(kTop + set_named("a", reserve + "3\ncost = { memory = \"2GiB\" }") +
                       set_named("large", "budget = \"host\"\ncost = { memory = \"4GiB\" }")),
              HasSubstr("it uses 4GiB of \"memory\", and the reserves of \"a\" leave 2GiB of the "
                        "8GiB in the budget"));
  std::string const both = "\nrepositories = [\"x\", \"y\"]";
  EXPECT_THAT(mistakes(kTop + set_named("a", reserve + "2" + both) + poor),
              HasSubstr("the reserves of \"a\" leave 0"));
  EXPECT_EQ(mistakes(kTop + set_named("a", reserve + "4") +
                     set_named("none", "budget = \"host\"\nmax_runners = 0")),
            "")
      << "it is not to run";
}

TEST(Warnings, OfRunnersThatStandByAndHaveNoRoom) {
  auto const warned = [](std::string const& a, std::string const& b) {
    std::string const cost = "budget = \"host\"\ncost = { slots = 1, memory = 1 }\n";
    return warnings(kTop + set_named("a", cost + a) + set_named("b", cost + b) +
                    set_named("c", "min_idle = 9"));
  };
  EXPECT_EQ(warned("min_idle = 2", "min_total = 2"), "");
  EXPECT_EQ(
      warned("min_idle = 2\nmin_total = 3", "min_idle = 2"),
      "f:6:9: the runners that \"a\", \"b\" have without a job (`min_idle`, `min_total`) use 5 of "
      "\"slots\", more than the budget has (4), so some of them are not started\n");
  EXPECT_THAT(warned("min_idle = 5", ""), HasSubstr("the runners that \"a\" have"));
}

TEST(Contradictions, AScaleSetIsThereOnce) {
  EXPECT_THAT(
      mistakes(kTop + set_named("a") +
               "[[scale_set]]\nurl = \"https://GitHub.com/My-Org/\"\nname = \"A\"\n"),
      HasSubstr("f:14:8: the scale set \"a\" of https://github.com/my-org is defined twice"));
}

}  // namespace
}  // namespace scaleset::config
