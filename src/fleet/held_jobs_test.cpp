#include "fleet/held_jobs.hpp"

#include <gtest/gtest.h>

namespace scaleset::fleet {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours{1}};

class HeldJobsTest : public ::testing::Test {
 protected:
  HeldJobsTest() {
    jobs_.hold("a", "job a", kStart + seconds{10});
    jobs_.hold("b", "", kStart + seconds{20});
    jobs_.hold("c", "job c", kStart + seconds{30});
  }
  HeldJobs jobs_;
};

TEST_F(HeldJobsTest, HoldsOneJobOfEachRunner) {
  jobs_.hold("a", "another", kStart + seconds{99});
  EXPECT_EQ(jobs_.size(), 3);
  EXPECT_EQ(jobs_.next(), kStart + seconds{10});
}

TEST_F(HeldJobsTest, ACompletionEndsItByTheRunnersName) {
  EXPECT_TRUE(jobs_.complete("b", ""));
  EXPECT_FALSE(jobs_.complete("b", ""));
  EXPECT_EQ(jobs_.size(), 2);
}

TEST_F(HeldJobsTest, ACompletionEndsItByTheJobsIdToo) {
  EXPECT_TRUE(jobs_.complete("", "job c"));
  EXPECT_FALSE(jobs_.complete("", "job x"));
  EXPECT_FALSE(jobs_.complete("", "")) << "an unknown id is not the same as another unknown id";
  EXPECT_EQ(jobs_.size(), 2);
}

TEST_F(HeldJobsTest, TheOldestAreReleasedFirst) {
  jobs_.release(2);
  EXPECT_EQ(jobs_.size(), 1);
  EXPECT_TRUE(jobs_.complete("c", ""));
}

TEST_F(HeldJobsTest, NoNumberReleasesMoreThanThereAre) {
  jobs_.release(-3);
  EXPECT_EQ(jobs_.size(), 3);
  jobs_.release(1'000'000'000'000);
  EXPECT_EQ(jobs_.size(), 0);
  EXPECT_FALSE(jobs_.next());
}

TEST_F(HeldJobsTest, TimeEndsThem) {
  EXPECT_EQ(jobs_.expire(kStart + seconds{10} - Duration(1)), 0);
  EXPECT_EQ(jobs_.expire(kStart + seconds{20}), 2);
  EXPECT_EQ(jobs_.next(), kStart + seconds{30});
}

TEST_F(HeldJobsTest, AllCanBeForgotten) {
  jobs_.clear();
  EXPECT_EQ(jobs_.size(), 0);
}

}  // namespace
}  // namespace scaleset::fleet
