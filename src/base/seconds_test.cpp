#include "base/seconds.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace scaleset::base {
namespace {

using namespace std::chrono_literals;

TEST(MillisecondsFromSeconds, RoundsToTheNearest) {
  EXPECT_EQ(milliseconds_from_seconds(0, "x"), 0ms);
  EXPECT_EQ(milliseconds_from_seconds(-0.0, "x"), 0ms);
  EXPECT_EQ(milliseconds_from_seconds(1.5, "x"), 1500ms);
  EXPECT_EQ(milliseconds_from_seconds(0.0014, "x"), 1ms);
  EXPECT_EQ(milliseconds_from_seconds(0.0015, "x"), 2ms);
  EXPECT_EQ(milliseconds_from_seconds(0.29, "x"), 290ms) << "not 289, as cutting off would give";
  EXPECT_EQ(milliseconds_from_seconds(10.0 * 366 * 86400, "x"), kLongestTime);
}

TEST(MillisecondsFromSeconds, RefusesWhatIsNoTime) {
  using Limits = std::numeric_limits<double>;
  for (double const wrong :
       {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::max(),
        Limits::lowest(), 1e300, 1e30, 9.3e15, 316224001.0, -1.0, -0.0001}) {
    auto const refused = milliseconds_from_seconds(wrong, "--hold-time");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused.error().message,
              "--hold-time must be a number of seconds from 0 to 316224000");
  }
}

TEST(MillisecondsFromSeconds, KeepsToTheBoundsGiven) {
  EXPECT_EQ(milliseconds_from_seconds(0.001, "x", 1ms), 1ms);
  EXPECT_FALSE(milliseconds_from_seconds(0, "x", 1ms));
  EXPECT_FALSE(milliseconds_from_seconds(0.0004, "x", 1ms)) << "it would be rounded to 0";
  EXPECT_EQ(milliseconds_from_seconds(90, "x", 0ms, 90s), 90s);
  EXPECT_EQ(milliseconds_from_seconds(90.5, "--wait", 250ms, 90s).error().message,
            "--wait must be a number of seconds from 0.25 to 90");
  EXPECT_EQ(milliseconds_from_seconds(0, "--wait", 20ms, 1005ms).error().message,
            "--wait must be a number of seconds from 0.02 to 1.005");
}

TEST(SecondsText, HasNoMoreDigitsThanItTakes) {
  EXPECT_EQ(seconds_text(0ms), "0");
  EXPECT_EQ(seconds_text(90s), "90");
  EXPECT_EQ(seconds_text(1500ms), "1.5");
  EXPECT_EQ(seconds_text(20ms), "0.02");
  EXPECT_EQ(seconds_text(1005ms), "1.005");
}

}  // namespace
}  // namespace scaleset::base
