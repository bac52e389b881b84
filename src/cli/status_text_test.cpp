#include "cli/status_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace scaleset::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

boost::json::value parsed(std::string const& text) { return boost::json::parse(text); }

constexpr char const* kStatus =
    R"({"version":"1.2","processId":77,"time":"2026-11-27T01:10:00Z",
        "problems":["the file x.toml cannot be used"],"sets":[
        {"name":"linux","address":"https://github.com/octo/default/linux","ready":true,"reason":"","warning":"it is old",
         "minIdle":1,"maxRunners":10,"capacity":9,"wanted":4,"budget":{"name":"hosts","mayHave":6},
         "schedule":{"cron":"0 8 * * mon-fri","zone":"Europe/Berlin","until":"2026-11-27T17:00:00Z"},"held":2,"phantom":0,
         "jobs":{"available":0,"assigned":3,"running":2},
         "counts":{"planned":0,"idle":1,"busy":2},
         "problems":[{"text":"no disk","since":"2026-11-27T01:07:00Z","failures":5}],
         "runners":[{"name":"linux-1","state":"busy","since":"2026-11-27T01:00:00Z","job":
           {"jobDisplayName":"build","repository":"octo/tools","workflowRunId":7}},
           {"name":"linux-2","state":"idle","since":"2026-11-27T01:09:30Z","job":null}]},
        {"name":"gpu","address":"https://github.com/octo/default/gpu","ready":false,
         "reason":"it is paused","schedule":{"cron":null,"zone":null,"until":"2026-11-27T07:00:00Z"},"jobs":null,"wanted":null},
        {"name":"mac","address":"https://github.com/octo/default/mac","ready":false,
         "state":"failing","since":"2026-11-27T01:05:00Z","reason":"runners do not start: no disk"}]})";

TEST(StatusText, SaysWhatAnOperatorWantsToKnow) {
  EXPECT_EQ(status_text(parsed(kStatus)),
            "scaleset 1.2, process 77, 2026-11-27T01:10:00Z\n"
            "PROBLEM: the file x.toml cannot be used\n"
            "\n"
            "linux  https://github.com/octo/default/linux\n"
            "  ready\n"
            "  warning: it is old\n"
            "  jobs     3 assigned, 2 of them running, 2 held\n"
            "  runners  1 idle, 2 busy; min 1, max 10, wanted 4, advertised 9; budget hosts: at "
            "most 6 now\n"
            "  schedule \"0 8 * * mon-fri\" of Europe/Berlin is in force, at least until "
            "2026-11-27T17:00:00Z\n"
            "  failing for 3 min 0 s (5 times): no disk\n"
            "    linux-1                      busy       10 min 0 s     build (octo/tools, run 7)\n"
            "    linux-2                      idle       30 s           \n"
            "\n"
            "gpu  https://github.com/octo/default/gpu\n"
            "  NOT READY: it is paused\n"
            "  jobs     not known yet\n"
            "  runners  none; min 0, max 0, advertised 0\n"
            "  schedule none of its windows is open, at least until 2026-11-27T07:00:00Z\n"
            "\n"
            "mac  https://github.com/octo/default/mac\n"
            "  NOT READY, failing for 5 min 0 s: runners do not start: no disk\n"
            "  jobs     not known yet\n"
            "  runners  none; min 0, max 0, advertised 0\n");
}

TEST(StatusText, WithoutScaleSetsItSaysSo) {
  EXPECT_THAT(status_text(parsed(R"({"sets":[]})")), HasSubstr("no scale set is served"));
}

TEST(StatusText, NothingFromAJobControlsTheTerminal) {
  auto const text = status_text(parsed(
      R"({"sets":[{"name":"s\u001b[2J","runners":[{"name":"r","state":"busy","job":
          {"jobDisplayName":"a\u001b]0;x\u0007\nfake line","repository":"\u007f"}}]}]})"));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("\x7f")),
                          HasSubstr("a?]0;x??fake line")));
}

TEST(StatusText, AnythingElseIsNoReasonToFail) {
  for (auto const* odd : {"null", "[]", "7", R"({"sets":7,"problems":7})", R"({"problems":[7]})",
                          R"({"sets":[null,[],7,{}]})",
                          R"({"sets":[{"runners":[7],"problems":[null],"counts":[],"jobs":7}]})"})
    EXPECT_THAT(status_text(parsed(odd)), HasSubstr("scaleset ")) << odd;
}

/// The lines about a scale set that has these members besides its name.
std::string of_set(std::string const& members) {
  auto const text = status_text(parsed(R"({"time":"2026-11-27T01:10:00Z","sets":[{"name":"s")" +
                                       (members.empty() ? "" : "," + members) + "}]}"));
  return text.substr(text.find("\n\n") + 2);
}

TEST(StatusText, APersonSeesEachNumberOfRunnersThatIsNotZero) {
  EXPECT_THAT(of_set(R"("counts":{"planned":1,"starting":2,"idle":0,"busy":3,"lost":4})"),
              HasSubstr("  runners  1 planned, 2 starting, 3 busy, 4 lost; min 0"));
  EXPECT_THAT(of_set(R"("counts":{"idle":0})"), HasSubstr("  runners  none; "));
  EXPECT_THAT(of_set(R"("counts":{"idle":"many","new_kind":2})"), HasSubstr("  2 new_kind; "))
      << "of a later version";
}

TEST(StatusText, WhatDoesNotCountInTheJobsIsToldOnlyIfThereIsSome) {
  std::string const jobs = R"("jobs":{"assigned":3,"running":1})";
  EXPECT_THAT(of_set(jobs + R"(,"held":0,"phantom":0)"),
              HasSubstr("  jobs     3 assigned, 1 of them running\n"));
  EXPECT_THAT(of_set(jobs + R"(,"held":1,"phantom":2)"),
              HasSubstr("1 of them running, 1 held, 2 phantom\n"));
  EXPECT_THAT(of_set(R"("jobs":null)"), HasSubstr("  jobs     not known yet\n"));
}

TEST(StatusText, ABudgetIsNamedAlsoBeforeItWasDivided) {
  EXPECT_THAT(of_set(R"("budget":{"name":"hosts"})"), HasSubstr("advertised 0; budget hosts\n"));
  EXPECT_THAT(of_set(R"("budget":{"name":"hosts","mayHave":0})"),
              HasSubstr("; budget hosts: at most 0 now\n"));
  EXPECT_THAT(of_set(R"("budget":{})"), Not(HasSubstr("budget")));
}

TEST(StatusText, OneThatIsNotReadySaysWhatIsKnown) {
  EXPECT_THAT(of_set(R"("ready":false,"reason":"why")"), HasSubstr("  NOT READY: why\n"));
  EXPECT_THAT(of_set(R"("ready":false,"state":"refused","reason":"why")"),
              HasSubstr("  NOT READY, refused: why\n"));
  EXPECT_THAT(of_set(R"("ready":false,"state":"refused","since":"2026-11-27T00:00:00Z",
                        "reason":"why")"),
              HasSubstr("  NOT READY, refused for 1 h 10 min: why\n"));
  EXPECT_THAT(of_set(""), HasSubstr("  NOT READY: \n")) << "it does not say that it is";
}

TEST(StatusText, AClockThatWasSetBackShowsNoNegativeTime) {
  EXPECT_THAT(of_set(R"("ready":false,"since":"2026-11-27T02:00:00Z","reason":"why")"),
              HasSubstr("  NOT READY for 0 s: why\n"));
}

TEST(StatusText, WhatTheFirstLineHasSaidIsNotSaidAgain) {
  std::string const problem =
      R"("problems":[{"text":"no disk","since":"2026-11-27T01:09:00Z","failures":1}])";
  EXPECT_THAT(of_set(R"("ready":false,"reason":"no disk",)" + problem),
              Not(HasSubstr("failing for")));
  EXPECT_THAT(of_set(R"("ready":false,"reason":"it is paused",)" + problem),
              HasSubstr("  failing for 1 min 0 s (once): no disk\n"));
}

TEST(StatusText, AJobIsShownWithWhereItIsFrom) {
  auto const of_job = [](std::string const& job) {
    return of_set(R"("runners":[{"name":"r","state":"busy","since":"2026-11-27T01:09:00Z","job":)" +
                  job + "}]");
  };
  EXPECT_THAT(of_job(R"({"jobDisplayName":"build","repository":"o/r","workflowRunId":7})"),
              HasSubstr("build (o/r, run 7)\n"));
  EXPECT_THAT(of_job("null"), HasSubstr("1 min 0 s      \n"));
}

TEST(StatusText, NamesThatAreTooLongKeepTheColumnsApart) {
  std::string const name(40, 'n');
  EXPECT_THAT(of_set(R"("runners":[{"name":")" + name + R"(","state":"idle"}])"),
              HasSubstr("    " + name + " idle       "));
}

}  // namespace
}  // namespace scaleset::cli
