#include "cli/gc_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace scaleset::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

boost::json::value parsed(std::string const& text) { return boost::json::parse(text); }

TEST(GcText, SaysWhatIsLeftAndWhatBecomesOfIt) {
  EXPECT_EQ(
      gc_text(parsed(
          R"([{"kind":"registration","name":"linux-1","reason":"no process here is its runner",
               "action":"would be deleted","why":""},
              {"kind":"instance","name":"/work/linux-1","reason":"it has ended",
               "action":"would be deleted","why":""},
              {"kind":"scale_set","name":"https://github.com/octo/default/linux",
               "reason":"no process of this machine serves it","action":"kept",
               "why":"3 jobs are assigned to it"}])")),
      "would be deleted: registration linux-1\n"
      "    no process here is its runner\n"
      "would be deleted: instance /work/linux-1\n"
      "    it has ended\n"
      "kept: scale set https://github.com/octo/default/linux\n"
      "    no process of this machine serves it\n"
      "    why it is kept: 3 jobs are assigned to it\n"
      "\n"
      "1 kept, 2 would be deleted; nothing is deleted without --yes\n");
}

TEST(GcText, WhatIsDeletedIsCounted) {
  EXPECT_THAT(gc_text(parsed(R"([{"action":"deleted"},{"action":"deleted"},{"action":"kept"}])")),
              EndsWith("\n2 deleted, 1 kept\n"));
}

TEST(GcText, NothingLeftIsSaid) {
  EXPECT_EQ(gc_text(parsed("[]")), "nothing is left of scale sets that nobody serves any more\n");
}

TEST(GcText, AFolderControlsNoTerminal) {
  auto const text = gc_text(parsed(R"([{"action":"kept","kind":"instance","name":"\u001b[2J"}])"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("kept: instance ?[2J\n"));
}

}  // namespace
}  // namespace scaleset::cli
