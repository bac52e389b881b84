#include "daemon/control_codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view line) {
  auto const parsed = parse_control_request(line);
  EXPECT_FALSE(parsed) << line;
  if (parsed) return {};
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos) << "one line";
  return parsed.error().message;
}

TEST(ControlCodec, EveryRequestComesBackAsItWas) {
  for (auto const& request :
       {ControlRequest(ControlVerb::status), ControlRequest(ControlVerb::status, "a"),
        ControlRequest(ControlVerb::reload), ControlRequest(ControlVerb::drain),
        ControlRequest(ControlVerb::drain, "a b"), ControlRequest(ControlVerb::pause, "a\"b"),
        ControlRequest(ControlVerb::resume, "a"), ControlRequest(ControlVerb::add_runner, "a"),
        ControlRequest(ControlVerb::retire_runner, "", "a-1"),
        ControlRequest(ControlVerb::reset_session, "a"),
        ControlRequest(ControlVerb::delete_set, "a")}) {
    std::string const line = line_of(request);
    ASSERT_TRUE(line.ends_with("\n"));
    EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line: " << line;
    auto const parsed = parse_control_request(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(parsed) << line << parsed.error().message;
    EXPECT_EQ(*parsed, request) << line;
  }
}

TEST(ControlCodec, ALineFeedInANameDoesNotEndTheLine) {
  std::string const line = line_of(ControlRequest(ControlVerb::pause, "a\nb"));
  EXPECT_EQ(line, "{\"command\":\"pause\",\"set\":\"a\\nb\"}\n");
}

TEST(ControlCodec, WhatIsNoRequestIsToldInOneLine) {
  for (auto const* line : {"", "x", "[]", "7", "\"status\"", "{", "{\"command\":\"status\"} x"})
    EXPECT_THAT(refusal(line), HasSubstr("one line with a JSON object")) << line;
  EXPECT_THAT(refusal("{}"), HasSubstr("names no command"));
  EXPECT_THAT(refusal(R"({"command":7})"), HasSubstr("\"command\" must be a text"));
  EXPECT_THAT(refusal(R"({"command":"pause","set":["a"]})"), HasSubstr("\"set\" must be a text"));
  EXPECT_THAT(refusal(R"({"command":"status","sett":"a"})"), HasSubstr("no member \"sett\""));
}

TEST(ControlCodec, AnUnknownCommandMayBeOneOfAnotherVersion) {
  EXPECT_THAT(refusal(R"({"command":"explode\u0000\n"})"), HasSubstr("of another version"));
  EXPECT_LT(refusal(R"({"command":")" + std::string(3000, 'x') + R"("})").size(), 200U);
}

TEST(ControlCodec, WhatACommandNeedsIsAskedFor) {
  for (auto const* command : {"pause", "resume", "add_runner", "reset_session", "delete_set"})
    EXPECT_THAT(refusal(std::string(R"({"command":")") + command + R"("})"),
                HasSubstr("needs a scale set"));
  EXPECT_THAT(refusal(R"({"command":"retire_runner"})"), HasSubstr("needs the name of a runner"));
}

TEST(ControlCodec, AnAnswerIsAResultOrAnError) {
  EXPECT_EQ(answer_line(std::string("[1]")), "{\"result\":[1]}\n");
  EXPECT_EQ(parse_control_answer("{\"result\":[1]}").value(), "[1]");
  auto const line = answer_line(fail(ErrorCode::conflict, "it is busy\nnow"));
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line: " << line;
  auto const answer = parse_control_answer(line.substr(0, line.size() - 1));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::conflict);
  EXPECT_EQ(answer.error().message, "it is busy\nnow");
}

TEST(ControlCodec, EveryErrorKeepsItsCode) {
  for (auto const code : {ErrorCode::invalid_argument, ErrorCode::not_found, ErrorCode::io,
                          ErrorCode::job_still_running, ErrorCode::session_conflict}) {
    auto line = answer_line(fail(code, "x"));
    line.pop_back();
    EXPECT_EQ(parse_control_answer(line).error().code, code);
  }
}

TEST(ControlCodec, AnythingElseIsNoAnswer) {
  for (auto const* line : {"", "x", "[]", "{}", R"({"error":"x"})"})
    EXPECT_EQ(parse_control_answer(line).error().code, ErrorCode::malformed_response) << line;
  EXPECT_EQ(parse_control_answer(R"({"error":{"code":"unknown","message":"m"}})").error().code,
            ErrorCode::malformed_response);
}

}  // namespace
}  // namespace scaleset::daemon
