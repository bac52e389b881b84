#include "http/curl_lane.hpp"

#include <gtest/gtest.h>

namespace scaleset::http {
namespace {

TEST(ConnectionLimit, ThereIsNoneUnlessOnlyHttp2WasSeen) {
  EXPECT_EQ(connection_limit(0, false), 0);
  EXPECT_EQ(connection_limit(5000, false), 0) << "with HTTP/1.1 a limit would starve held polls";
}

TEST(ConnectionLimit, GrowsWithTheTransfersAndIsNeverZeroWithHttp2) {
  EXPECT_EQ(connection_limit(0, true), 2) << "0 would mean no limit";
  EXPECT_EQ(connection_limit(1, true), 3);
  EXPECT_EQ(connection_limit(32, true), 3);
  EXPECT_EQ(connection_limit(33, true), 4);
  EXPECT_EQ(connection_limit(5000, true), 159);
}

TEST(LaneHasRoom, WithoutALimitIfConnectionsAreShared) {
  EXPECT_TRUE(lane_has_room(kLaneTransfers - 1, false));
  EXPECT_FALSE(lane_has_room(kLaneTransfers, false));
  EXPECT_TRUE(lane_has_room(5000, true));
}

}  // namespace
}  // namespace scaleset::http
