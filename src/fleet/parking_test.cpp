#include "fleet/parking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::fleet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr TimePoint kLater{std::chrono::hours{1}};

TEST(ParkingTest, IsNotParkedAtFirst) {
  Parking parking;
  EXPECT_FALSE(parking.is_parked());
  EXPECT_FALSE(parking.reason());
  EXPECT_FALSE(parking.accept());
}

TEST(ParkingTest, SaysWhichVersionAndWhatToDo) {
  Parking parking;
  EXPECT_TRUE(parking.refuse("2.330.0", kLater));
  EXPECT_THAT(parking.reason().value(), HasSubstr("version 2.330.0"));
  EXPECT_THAT(parking.reason().value(), HasSubstr("install a newer release of actions/runner"));
  EXPECT_FALSE(parking.refuse("", kLater));
  EXPECT_THAT(parking.reason().value(), HasSubstr("the runner's version"));
  EXPECT_THAT(parking.reason().value(), Not(HasSubstr("2.330.0")));
}

TEST(ParkingTest, FurtherRefusalsDoNotPutTheNextTryOff) {
  Parking parking;
  parking.refuse("", kLater);
  parking.refuse("", kLater + std::chrono::hours{1});
  EXPECT_EQ(parking.probe_at(), kLater);
  parking.probe_next(kLater + std::chrono::hours{2});
  EXPECT_EQ(parking.probe_at(), kLater + std::chrono::hours{2});
}

TEST(ParkingTest, EndsWhenARunnerIsAccepted) {
  Parking parking;
  parking.refuse("", kLater);
  EXPECT_TRUE(parking.accept());
  EXPECT_FALSE(parking.is_parked());
  EXPECT_FALSE(parking.reason());
  EXPECT_FALSE(parking.probe_at());
}

}  // namespace
}  // namespace scaleset::fleet
