#include "base/file_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/files.hpp"
#include "base/spawn.hpp"

namespace scaleset::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class FileLockTest : public ::testing::Test {
 protected:
  Result<FileLock> acquire() const { return FileLock::acquire(path_, "the barn"); }

  TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_.path() / "barn.lock";
};

TEST_F(FileLockTest, IsForOneAtATime) {
  auto first = acquire();
  ASSERT_TRUE(first) << first.error().message;
  auto const second = acquire();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_THAT(second.error().message, AllOf(HasSubstr("uses the barn; stop that process first"),
                                            HasSubstr("(" + std::to_string(::getpid()) + ")")));
  first->release();
  first->release();
  EXPECT_TRUE(acquire());
}

TEST_F(FileLockTest, EndsWithItsObjectAndMovesWithIt) {
  {
    auto first = acquire();
    ASSERT_TRUE(first);
    FileLock const moved(*std::move(first));
    EXPECT_FALSE(acquire());
  }
  EXPECT_TRUE(acquire());
}

TEST_F(FileLockTest, TheFileStaysForItsOwnerAlone) {
  ASSERT_TRUE(acquire());
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(read_file(path_), std::to_string(::getpid()) + "\n");
}

TEST_F(FileLockTest, NamesNoOwnerThatTheFileDoesNotName) {
  auto const first = acquire();
  ASSERT_TRUE(first);
  for (char const* const content : {"", "somebody"}) {
    std::ofstream(path_) << content;
    auto const second = acquire();
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, Not(HasSubstr("("))) << content;
  }
}

TEST_F(FileLockTest, AChildDoesNotInheritIt) {
  auto first = acquire();
  ASSERT_TRUE(first);
  Spawn spawn;
  auto const child = spawn.start("/bin/sleep", {"sleep", "60"}, ::environ);
  ASSERT_TRUE(child);
  first->release();
  EXPECT_TRUE(acquire());
  ::kill(*child, SIGKILL);
  ::waitpid(*child, nullptr, 0);
}

TEST_F(FileLockTest, KnowsWhetherItsFileIsStillThere) {
  auto const lock = acquire();
  ASSERT_TRUE(lock);
  EXPECT_TRUE(lock->in_place());
  auto const moved = folder_.path() / "moved";
  std::filesystem::rename(path_, moved);
  EXPECT_FALSE(lock->in_place()) << "it is gone";
  std::ofstream(path_) << "\n";
  EXPECT_FALSE(lock->in_place()) << "it is another file";
  std::filesystem::rename(moved, path_);
  EXPECT_TRUE(lock->in_place());
}

TEST_F(FileLockTest, AnotherCanLockTheFileThatTookItsPlace) {
  auto const first = acquire();
  ASSERT_TRUE(first);
  std::filesystem::remove(path_);
  auto const second = acquire();
  ASSERT_TRUE(second);
  EXPECT_FALSE(first->in_place());
  EXPECT_TRUE(second->in_place());
}

TEST_F(FileLockTest, HoldsNothingAfterItsRelease) {
  auto lock = acquire();
  ASSERT_TRUE(lock);
  lock->release();
  EXPECT_FALSE(lock->in_place());
}

TEST_F(FileLockTest, SaysWhyTheFileCannotBeCreated) {
  auto const lock = FileLock::acquire(folder_.path() / "absent" / "lock", "the barn");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, ErrorCode::io);
  EXPECT_THAT(lock.error().message, HasSubstr("absent/lock: No such file"));
}

TEST_F(FileLockTest, OneThatOnlyLooksChangesNothing) {
  auto const hold = [this] { return FileLock::hold_existing(path_, "the barn"); };
  EXPECT_FALSE(hold().value()) << "there is no file";
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(FileLock::hold_existing(folder_.path() / "none" / "lock", "it").value());
  std::ofstream(path_) << "17\n";
  {
    auto const held = hold();
    ASSERT_TRUE(held && held->has_value());
    EXPECT_EQ(acquire().error().code, ErrorCode::conflict);
    EXPECT_EQ(read_file(path_), "17\n");
  }
  auto const first = acquire();
  ASSERT_TRUE(first);
  EXPECT_EQ(hold().error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace scaleset::base
