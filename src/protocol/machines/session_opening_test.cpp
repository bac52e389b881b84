#include "protocol/machines/session_opening.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FixedRandom;
using ::testing::HasSubstr;

SessionOpening::Steady const kStart{std::chrono::hours(5)};

SessionOptions patient(milliseconds wait) {
  SessionOptions options;
  options.wait_for_other = wait;
  return options;
}
Error conflict() { return {ErrorCode::session_conflict, "session for owner first-host"}; }

/// The waits of an opening that never succeeds, in milliseconds.
std::vector<std::int64_t> waits(SessionOptions const& options, Error& error, double random) {
  FixedRandom source(random);
  SessionOpening opening(options, kStart);
  auto now = kStart;
  std::vector<std::int64_t> result;
  while (result.size() < 100) {
    auto const delay = opening.on_failure(error, now, source);
    if (!delay) break;
    result.push_back(delay->count());
    now += *delay;
  }
  return result;
}

TEST(SessionOpening, AConflictIsTheResultAtOnceUnlessToldToWait) {
  auto error = conflict();
  EXPECT_TRUE(waits(SessionOptions(), error, 0.5).empty());
  EXPECT_EQ(error.message, "session for owner first-host");
}

TEST(SessionOpening, AConflictIsWaitedOutInSteps) {
  auto error = conflict();
  EXPECT_THAT(waits(patient(seconds(21)), error, 0.0), ElementsAre(5000, 5000, 5000, 5000, 1000));
  EXPECT_THAT(waits(patient(seconds(21)), error, 0.999999), ElementsAre(9999, 9999, 1002));
}

TEST(SessionOpening, TheFinalErrorKeepsTheOtherOwner) {
  auto error = conflict();
  EXPECT_FALSE(waits(patient(seconds(100)), error, 0.5).empty());
  EXPECT_THAT(error.message, HasSubstr("owner first-host"));
  EXPECT_THAT(error.message, HasSubstr("waited 100 s"));
}

TEST(SessionOpening, TheTimeOfTheTriesCounts) {
  FixedRandom source(0.0);
  SessionOpening opening(patient(seconds(10)), kStart);
  auto error = conflict();
  EXPECT_EQ(opening.on_failure(error, kStart + seconds(8), source), seconds(2));
  EXPECT_FALSE(opening.on_failure(error, kStart + seconds(11), source));
}

TEST(SessionOpening, AWaitOfNoSecondIsNotWorthAWord) {
  FixedRandom source(0.0);
  SessionOpening opening(patient(std::chrono::milliseconds(100)), kStart);
  auto error = conflict();
  EXPECT_FALSE(opening.on_failure(error, kStart + std::chrono::milliseconds(300), source));
  EXPECT_EQ(error.message, conflict().message);
}

TEST(SessionOpening, ASessionWithoutAQueueIsTriedAgainOnceAtOnce) {
  Error error(ErrorCode::malformed_response, "no queue");
  EXPECT_THAT(waits(SessionOptions(), error, 0.5), ElementsAre(0));
  EXPECT_THAT(waits(patient(seconds(6)), error, 0.0), ElementsAre(0, 5000, 1000));
  SessionOptions keep;
  keep.recreate = false;
  EXPECT_TRUE(waits(keep, error, 0.5).empty());
}

TEST(SessionOpening, OtherErrorsAreTheResult) {
  for (ErrorCode const code : {ErrorCode::network, ErrorCode::scale_set_not_found,
                               ErrorCode::unauthorized, ErrorCode::cancelled}) {
    Error error(code, "text");
    EXPECT_TRUE(waits(patient(seconds(60)), error, 0.5).empty()) << to_string(code);
  }
}

}  // namespace
}  // namespace scaleset::protocol
