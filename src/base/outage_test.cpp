#include "base/outage.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

using namespace std::chrono_literals;

Error answered(int status) {
  Error error(ErrorCode::server_error, "the service answered");
  error.http_status = status;
  return error;
}

TEST(Outage, TellsTheFirstFailureOfEachKindAndThenOneAMinute) {
  Outage outage;
  Outage::TimePoint const start{1h};
  EXPECT_TRUE(outage.failed(answered(503), start));
  EXPECT_FALSE(outage.failed(answered(503), start + 1s));
  EXPECT_TRUE(outage.failed(answered(502), start + 2s)) << "another kind";
  EXPECT_FALSE(outage.failed(answered(503), start + 3s)) << "to and fro";
  EXPECT_FALSE(outage.failed(answered(503), start + 61s));
  EXPECT_TRUE(outage.failed(answered(503), start + 62s));
  EXPECT_FALSE(outage.failed(answered(503), start + 121s));
  EXPECT_EQ(outage.failures(), 7);
}

TEST(Outage, SaysHowLongItLastedAndBeginsAnew) {
  Outage outage;
  Outage::TimePoint const start{1h};
  EXPECT_FALSE(outage.worked(start));
  outage.failed(answered(503), start);
  outage.failed(answered(503), start + 10s);
  EXPECT_EQ(outage.worked(start + 192s), 192s);
  EXPECT_EQ(outage.failures(), 0);
  EXPECT_FALSE(outage.worked(start + 200s));
  EXPECT_TRUE(outage.failed(answered(503), start + 201s));
}

TEST(InWords, HasAtMostTwoUnits) {
  EXPECT_EQ(in_words(400ms), "0 s");
  EXPECT_EQ(in_words(11600ms), "12 s");
  EXPECT_EQ(in_words(192s), "3 min 12 s");
  EXPECT_EQ(in_words(2h + 5min + 59s), "2 h 5 min");
}

}  // namespace
}  // namespace scaleset::base
