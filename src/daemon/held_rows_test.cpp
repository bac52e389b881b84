#include "daemon/held_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr store::ScaleSetKey kKey{3};

/// The two clocks have nothing to do with each other.
Now now_after(std::chrono::seconds passed) {
  return {std::chrono::system_clock::time_point(1'000h + passed),
          std::chrono::steady_clock::time_point(5h + passed)};
}
fleet::TimePoint at(std::chrono::seconds passed) { return now_after(passed).steady; }

std::vector<store::HeldRecord> kept(std::optional<store::Change> const& change) {
  auto const* const keep = change ? std::get_if<store::KeepHeld>(&*change) : nullptr;
  if (keep == nullptr) throw std::logic_error("nothing is to be written");
  EXPECT_EQ(keep->key, kKey);
  return keep->held;
}

TEST(HeldRows, WhatIsHeldIsWrittenOnce) {
  HeldRows rows(kKey, {});
  EXPECT_FALSE(rows.change({}, now_after(0s)));
  std::vector<fleet::HeldJob> const held{{"a", "7", at(900s)}};
  EXPECT_THAT(kept(rows.change(held, now_after(0s))), SizeIs(1));
  EXPECT_THAT(kept(rows.change(held, now_after(1s))), SizeIs(1)) << "it could not be written";
  rows.written();
  EXPECT_FALSE(rows.change(held, now_after(2s)));
  EXPECT_THAT(kept(rows.change({}, now_after(3s))), IsEmpty());
  rows.written();
  EXPECT_FALSE(rows.change({}, now_after(4s)));
}

TEST(HeldRows, AnotherJobIsWritten) {
  HeldRows rows(kKey, {});
  EXPECT_TRUE(rows.change({{"a", "7", at(900s)}}, now_after(0s)));
  rows.written();
  EXPECT_TRUE(rows.change({{"a", "8", at(900s)}}, now_after(0s)));
  EXPECT_TRUE(rows.change({{"b", "7", at(900s)}}, now_after(0s)));
  EXPECT_TRUE(rows.change({{"a", "7", at(900s)}, {"b", "8", at(900s)}}, now_after(0s)));
}

TEST(HeldRows, ATimeSurvivesARestartOfTheMachine) {
  HeldRows rows(kKey, {});
  auto const records = kept(rows.change({{"a", "7", at(900s)}}, now_after(100s)));
  Now later = now_after(400s);
  later.steady = fleet::TimePoint(2s);  // since the machine has started
  auto const before = held_before(records, later);
  ASSERT_THAT(before.jobs, SizeIs(1));
  EXPECT_EQ(before.jobs[0].runner, "a");
  EXPECT_EQ(before.jobs[0].id, "7");
  EXPECT_EQ(before.jobs[0].until, fleet::TimePoint(502s)) << "500 s were left";
  HeldRows next(kKey, records);
  EXPECT_FALSE(next.change(before.jobs, later)) << "the journal has it already";
}

}  // namespace
}  // namespace scaleset::daemon
