#include "cli/live_picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace scaleset::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(LivePicture, IsDrawnOverTheLastOne) {
  EXPECT_EQ(live_picture("one\n\nthree\n", {24, 80}),
            "\x1b[Hone\x1b[K\n\x1b[K\nthree\x1b[K\n\x1b[J");
  EXPECT_EQ(live_picture("", {24, 80}), "\x1b[H\x1b[J");
  EXPECT_THAT(live_picture("one\n", {24, 80}), Not(HasSubstr("\x1b[3J")))
      << "what the person had on the screen before stays";
}

TEST(LivePicture, NoLineBecomesTwo) {
  EXPECT_EQ(live_picture("abcdef\nabc\n", {24, 3}), "\x1b[Habc\x1b[K\nabc\x1b[K\n\x1b[J");
  EXPECT_EQ(live_picture("a\u00e4\u20ac\u00f6x", {24, 3}), "\x1b[Ha\u00e4\u20ac\x1b[K\n\x1b[J")
      << "whole characters";
  EXPECT_THAT(live_picture(std::string(500, 'x'), {24, 0}), HasSubstr(std::string(500, 'x')));
}

TEST(LivePicture, MoreLinesThanTheScreenHasAreCounted) {
  std::string const four = "1\n2\n3\n4\n";
  EXPECT_THAT(live_picture(four, {5, 80}), HasSubstr("4\x1b[K\n\x1b[J")) << "they fit";
  EXPECT_THAT(live_picture(four, {4, 80}), HasSubstr("2\x1b[K\n... 2 more lines: enlarge"));
  EXPECT_THAT(live_picture(four, {2, 80}), HasSubstr("\x1b[H... 4 more lines"));
  for (std::size_t const rows : {0U, 1U})
    EXPECT_THAT(live_picture(four, {rows, 80}), HasSubstr("4\x1b[K")) << "it is no size";
}

TEST(ScreenSizeTest, IsThatOfTheTerminalNow) {
  int master = -1;
  int slave = -1;
  winsize size{30, 100, 0, 0};
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, &size), 0);
  base::UniqueFd const ours(master);
  base::UniqueFd const theirs(slave);
  EXPECT_EQ(screen_size(slave).rows, 30U);
  EXPECT_EQ(screen_size(slave).columns, 100U);
  EXPECT_EQ(screen_size(-1).rows, 0U);
}

}  // namespace
}  // namespace scaleset::cli
