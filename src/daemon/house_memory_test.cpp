#include <malloc.h>

#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using testing::HouseTest;

/// What malloc() has given out. 0 under a sanitizer, which has its own.
std::size_t allocated() {
  auto const heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

// There may be thousands of scale sets in a process, and in most of them nothing happens most of
// the time. libcurl is not counted here: tests/scale/many_sets.py measures all of it.
TEST_F(HouseTest, AnIdleScaleSetTakesLittleMemory) {
  constexpr std::size_t kSets = 100;
  // Bytes. Half of that is what the test's own service, transport and log keep.
  constexpr std::size_t kMost = std::size_t{40} << 10U;
  if (allocated() == 0) GTEST_SKIP() << "this program's malloc() does not count";
  std::vector<SetSettings> sets;
  sets.reserve(kSets);
  for (std::size_t i = 0; i < kSets; ++i) {
    sets.push_back(settings("set-" + std::to_string(i)));
  }
  auto const before = allocated();
  start(std::move(sets));
  for (auto const& set : house->snapshot().sets) ASSERT_TRUE(set.ready) << set.reason;
  auto const each = (allocated() - before) / kSets;
  RecordProperty("bytes", static_cast<int>(each));
  EXPECT_LT(each, kMost);
  EXPECT_GT(each, kMost / 4) << "the bound is too generous now, or nothing was measured";
}

}  // namespace
}  // namespace scaleset::daemon
