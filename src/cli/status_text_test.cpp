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

}  // namespace
}  // namespace scaleset::cli
