#include "daemon/control_conversation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using Step = ControlConversation::Step;
using ::testing::HasSubstr;

TEST(ControlConversation, AsksWhenTheLineIsThereAndClosesWhenTheAnswerIsSent) {
  ControlConversation talk;
  for (char const c : line_of(ControlRequest(ControlVerb::pause, "a"))) {
    ASSERT_EQ(talk.step(), Step::read);
    talk.received(std::string(1, c));
  }
  ASSERT_EQ(talk.step(), Step::ask);
  EXPECT_EQ(talk.request(), ControlRequest(ControlVerb::pause, "a"));
  talk.answered("answer\n");
  ASSERT_EQ(talk.step(), Step::write);
  EXPECT_EQ(talk.unsent(), "answer\n");
  talk.sent(3);
  ASSERT_EQ(talk.step(), Step::write);
  EXPECT_EQ(talk.unsent(), "wer\n");
  talk.sent(4);
  EXPECT_EQ(talk.step(), Step::close);
}

TEST(ControlConversation, NothingIsAskedForWhatIsNoRequest) {
  ControlConversation talk;
  talk.received("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(talk.step(), Step::write);
  EXPECT_THAT(std::string(talk.unsent()), HasSubstr("one line with a JSON object"));
}

TEST(ControlConversation, WhatFollowsTheLineIsNotLookedAt) {
  ControlConversation talk;
  talk.received("{\"command\":\"status\"}\n{\"command\":\"drain\"}\n");
  ASSERT_EQ(talk.step(), Step::ask);
  EXPECT_EQ(talk.request().verb, ControlVerb::status);
  talk.received("{\"command\":\"drain\"}\n");
  EXPECT_EQ(talk.request().verb, ControlVerb::status);
}

TEST(ControlConversation, ALineWithoutEndIsRefusedAtTheLimit) {
  ControlConversation talk;
  std::string const part(1000, 'x');
  while (talk.step() == Step::read) {
    ASSERT_LE(talk.room(), ControlConversation::kLongestRequest);
    talk.received(part);
  }
  ASSERT_EQ(talk.step(), Step::write);
  EXPECT_THAT(std::string(talk.unsent()), HasSubstr("may have 4096 bytes"));
}

TEST(ControlConversation, TheRestOfALineThatIsTooLongIsDroppedSoThatTheAnswerArrives) {
  ControlConversation talk;
  talk.received(std::string(ControlConversation::kLongestRequest, 'x'));
  talk.sent(talk.unsent().size());
  ASSERT_EQ(talk.step(), Step::drop);
  EXPECT_EQ(talk.room(), ControlConversation::kLongestRequest);
  talk.received("more\n");
  ASSERT_EQ(talk.step(), Step::drop);
  talk.gave_up();
  EXPECT_EQ(talk.step(), Step::close);
}

TEST(ControlConversation, NobodySendsForEver) {
  ControlConversation talk;
  std::string const part(ControlConversation::kLongestRequest, 'x');
  talk.received(part);
  talk.sent(talk.unsent().size());
  std::size_t parts = 0;
  for (; talk.step() == Step::drop && parts < 10000; ++parts) talk.received(part);
  EXPECT_EQ(parts, ControlConversation::kMostDropped / part.size());
  EXPECT_EQ(talk.step(), Step::close);
}

TEST(ControlConversation, ALineThatJustFitsIsARequest) {
  ControlConversation talk;
  std::string line = "{\"command\":\"status\"}";
  line.append(ControlConversation::kLongestRequest - line.size() - 1, ' ').append("\n");
  talk.received(line);
  EXPECT_EQ(talk.step(), Step::ask);
}

TEST(ControlConversation, GivingUpEndsItInEveryStep) {
  ControlConversation reading;
  reading.received("{\"comm");
  reading.gave_up();
  EXPECT_EQ(reading.step(), Step::close);
  reading.received("and\":\"status\"}\n");
  EXPECT_EQ(reading.step(), Step::close) << "it cannot begin again";
  ControlConversation writing;
  writing.received("{\"command\":\"status\"}\n");
  writing.answered("a\n");
  writing.gave_up();
  EXPECT_EQ(writing.step(), Step::close);
  writing.sent(1);
  EXPECT_EQ(writing.step(), Step::close);
}

TEST(ControlConversation, WithoutAnAnswerItIsClosed) {
  ControlConversation talk;
  talk.received("{\"command\":\"status\"}\n");
  talk.answered("");
  EXPECT_EQ(talk.step(), Step::close);
}

}  // namespace
}  // namespace scaleset::daemon
