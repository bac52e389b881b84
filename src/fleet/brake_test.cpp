#include "fleet/brake.hpp"

#include <gtest/gtest.h>

namespace scaleset::fleet {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours{1}};

TEST(BrakeTest, LetsTwoGoPerMinuteHoweverFewThereAre) {
  Brake brake;
  EXPECT_TRUE(brake.allow(1, kStart));
  EXPECT_TRUE(brake.allow(1, kStart + seconds(1)));
  EXPECT_FALSE(brake.allow(1, kStart + seconds(59)));
}

TEST(BrakeTest, LetsATenthOfManyGo) {
  Brake brake;
  int gone = 0;
  while (brake.allow(100, kStart)) ++gone;
  EXPECT_EQ(gone, 10);
}

TEST(BrakeTest, CountsTheLastMinuteAndNotTheCurrentOne) {
  Brake brake;
  EXPECT_FALSE(brake.release());
  ASSERT_TRUE(brake.allow(1, kStart));
  ASSERT_TRUE(brake.allow(1, kStart + seconds(50)));
  ASSERT_FALSE(brake.allow(1, kStart + seconds(55)));
  ASSERT_EQ(brake.release(), kStart + seconds(60));
  EXPECT_TRUE(brake.allow(1, kStart + seconds(60)));
  EXPECT_FALSE(brake.allow(1, kStart + seconds(61)));
  EXPECT_EQ(brake.release(), kStart + seconds(110));
}

}  // namespace
}  // namespace scaleset::fleet
