#include "backends/docker/log_frames.hpp"

#include <gtest/gtest.h>

namespace scaleset::backends::docker {
namespace {

std::string frame(char stream, std::string const& text) {
  std::string made{stream, '\0', '\0', '\0', '\0', '\0'};
  made += static_cast<char>(text.size() >> 8U);
  made += static_cast<char>(text.size() & 0xffU);
  return made + text;
}

TEST(LogFrames, GivesTheTextOfBothStreams) {
  LogFrames frames;
  EXPECT_EQ(frames.take(frame(1, "out\n") + frame(2, "err\n") + frame(1, "")), "out\nerr\n");
  EXPECT_EQ(frames.take(frame(1, "more\n")), "more\n");
}

TEST(LogFrames, MayBeCutAnywhere) {
  std::string const all = frame(1, "one\n") + frame(2, std::string(300, 'x')) + frame(1, "\n");
  std::string const expected = "one\n" + std::string(300, 'x') + "\n";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    LogFrames frames;
    std::string const first = frames.take(std::string_view(all).substr(0, cut));
    EXPECT_EQ(first + frames.take(std::string_view(all).substr(cut)), expected) << cut;
  }
}

TEST(LogFrames, TextWithoutFramesIsText) {
  LogFrames frames;
  EXPECT_EQ(frames.take("Listening for Jobs\n"), "Listening for Jobs\n");
  EXPECT_EQ(frames.take(frame(1, "x")), frame(1, "x")) << "it stays like that";
}

TEST(LogFrames, DamageIsShown) {
  LogFrames frames;
  EXPECT_EQ(frames.take(frame(1, "x") + "damage"), "xdamage");
}

TEST(LogFrames, ALongFrameNeedsNoMemory) {
  LogFrames frames;
  std::string const head{1, '\0', '\0', '\0', '\xff', '\xff', '\xff', '\xff'};
  EXPECT_EQ(frames.take(head), "");
  EXPECT_EQ(frames.take("abc"), "abc") << "what has come is given at once";
}

}  // namespace
}  // namespace scaleset::backends::docker
