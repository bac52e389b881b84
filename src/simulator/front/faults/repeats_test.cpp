#include "simulator/front/faults/repeats.hpp"

#include <gtest/gtest.h>

namespace scaleset::simulator {
namespace {

TEST(Repeats, AreTakenOnceByTheirSession) {
  Repeats repeats;
  EXPECT_TRUE(repeats.empty());
  repeats.put_aside("a", "message");
  EXPECT_FALSE(repeats.empty());
  EXPECT_FALSE(repeats.take("b"));
  EXPECT_EQ(repeats.take("a"), "message");
  EXPECT_FALSE(repeats.take("a"));
  EXPECT_TRUE(repeats.empty());
}

TEST(Repeats, AreLimited) {
  Repeats repeats;
  for (int session = 0; session < 1001; ++session)
    repeats.put_aside(std::to_string(session), "message");
  EXPECT_TRUE(repeats.take("999"));
  EXPECT_FALSE(repeats.take("1000")) << "sessions that never poll again must not fill the memory";
}

TEST(Repeats, CanBeCleared) {
  Repeats repeats;
  repeats.put_aside("a", "message");
  repeats.clear();
  EXPECT_FALSE(repeats.take("a"));
}

}  // namespace
}  // namespace scaleset::simulator
