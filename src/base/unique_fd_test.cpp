#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace scaleset::base {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(UniqueFd, ClosesWhatItOwns) {
  int number = -1;
  {
    UniqueFd const owner(open_null());
    number = owner.get();
    EXPECT_TRUE(owner.valid());
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, OwnsNothingAtFirstAndAfterAFailedCall) {
  EXPECT_FALSE(UniqueFd().valid());
  UniqueFd const failed(::open("/nonexistent", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(failed.valid());
  EXPECT_EQ(failed.get(), -1);
}

TEST(UniqueFd, GivesItsDescriptorAway) {
  UniqueFd owner(open_null());
  int const number = owner.release();
  EXPECT_FALSE(owner.valid());
  owner.reset();
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(UniqueFd, MovesItsDescriptor) {
  UniqueFd first(open_null());
  int const number = first.get();
  UniqueFd second(std::move(first));
  EXPECT_EQ(second.get(), number);
  UniqueFd third(open_null());
  int const replaced = third.get();
  third = std::move(second);
  EXPECT_EQ(third.get(), number);
  EXPECT_FALSE(is_open(replaced));
  UniqueFd& itself = third;
  third = std::move(itself);
  EXPECT_TRUE(is_open(third.get()));
}

TEST(UniqueFd, ClosingLeavesErrnoAlone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  UniqueFd bad(ends[1]);
  ::close(ends[1]);  // so that closing it again fails
  errno = ENOTDIR;
  bad.reset();
  reader.reset();
  EXPECT_EQ(errno, ENOTDIR);
}

}  // namespace
}  // namespace scaleset::base
