#include "simulator/scenario/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace scaleset::simulator {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class MakeLoad : public ::testing::Test {
 protected:
  MakeLoad() {
    options.jobs = 1000;
    options.span = std::chrono::hours(1);
    options.labels = {"a", "b"};
    options.tenant = "my-org";
    options.shortest_job = milliseconds(5);
    options.longest_job = milliseconds(9);
  }
  /// How many come in that share of the time.
  static std::ptrdiff_t between(Timeline const& calls, int from_minute, int to_minute) {
    return std::ranges::count_if(calls, [=](TimedCall const& call) {
      return call.at >= std::chrono::minutes(from_minute) &&
             call.at < std::chrono::minutes(to_minute);
    });
  }
  LoadOptions options;
};

TEST_F(MakeLoad, ABurstIsOneCall) {
  Timeline const calls = make_load(options);
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].at, milliseconds(0));
  EXPECT_EQ(calls[0].body,
            R"({"tenant":"my-org","labels":["a","b"],"count":1000,"durationMilliseconds":[5,9]})");
}

TEST_F(MakeLoad, ASteadyLoadIsSpreadEvenly) {
  options.shape = LoadShape::steady;
  Timeline const calls = make_load(options);
  EXPECT_EQ(calls.size(), 1000U);
  EXPECT_TRUE(std::ranges::is_sorted(calls, {}, &TimedCall::at));
  EXPECT_THAT(calls[0].body, HasSubstr(R"("count":1)"));
  for (int minute = 0; minute < 60; minute += 12)
    EXPECT_NEAR(static_cast<double>(between(calls, minute, minute + 12)), 200, 1);
}

TEST_F(MakeLoad, ADayHasItsMostInTheMiddle) {
  options.shape = LoadShape::diurnal;
  Timeline const calls = make_load(options);
  EXPECT_EQ(between(calls, 0, 60), 1000);
  EXPECT_NEAR(static_cast<double>(between(calls, 0, 30)), 500, 2);
  EXPECT_GT(between(calls, 25, 35), 5 * between(calls, 0, 10));
}

TEST_F(MakeLoad, TheSeedDecides) {
  options.shape = LoadShape::steady;
  auto const times = [&] {
    std::vector<milliseconds> at;
    for (TimedCall const& call : make_load(options)) at.push_back(call.at);
    return at;
  };
  auto const first = times();
  EXPECT_EQ(times(), first);
  options.seed = 1;
  EXPECT_NE(times(), first);
}

}  // namespace
}  // namespace scaleset::simulator
