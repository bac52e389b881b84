#include "backends/process/wipe.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/files.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Folder {
  Folder() : path(directory.path() / "r1") { fs::create_directory(path); }
  base::TemporaryDirectory directory;
  fs::path path;
};

TEST(WipeFolder, RemovesATree) {
  Folder folder;
  fs::create_directories(folder.path / "a/b/c");
  fs::create_directories(folder.path / "a/d");
  std::ofstream(folder.path / "a/b/c/file") << "x";
  std::ofstream(folder.path / "a/b/.hidden") << "x";
  ASSERT_EQ(mkfifo((folder.path / "a/fifo").c_str(), 0600), 0);
  EXPECT_TRUE(wipe_folder(folder.path));
  EXPECT_FALSE(fs::exists(folder.path));
}

TEST(WipeFolder, AFolderThatDoesNotExistIsASuccess) {
  Folder folder;
  EXPECT_TRUE(wipe_folder(folder.path));
  EXPECT_TRUE(wipe_folder(folder.path));
}

TEST(WipeFolder, FollowsNoSymbolicLink) {
  Folder folder;
  fs::path const outside = folder.directory.path() / "outside";
  fs::create_directory(outside);
  std::ofstream(outside / "precious") << "x";
  fs::permissions(outside, fs::perms::owner_read | fs::perms::owner_exec);
  fs::create_directory(folder.path / "a");
  fs::create_directory_symlink(outside, folder.path / "link");
  fs::create_directory_symlink(outside, folder.path / "a/link");
  fs::create_symlink(outside / "precious", folder.path / "a/file");
  EXPECT_TRUE(wipe_folder(folder.path));
  EXPECT_FALSE(fs::exists(folder.path));
  EXPECT_TRUE(fs::exists(outside / "precious"));
  EXPECT_EQ(fs::status(outside).permissions(), fs::perms::owner_read | fs::perms::owner_exec);
  fs::permissions(outside, fs::perms::owner_all);
}

TEST(WipeFolder, ALinkInPlaceOfTheFolderIsNotFollowed) {
  Folder folder;
  fs::path const link = folder.directory.path() / "r2";
  std::ofstream(folder.path / "precious") << "x";
  fs::create_directory_symlink(folder.path, link);
  EXPECT_FALSE(wipe_folder(link));
  EXPECT_TRUE(fs::exists(folder.path / "precious"));
}

TEST(WipeFolder, RemovesFoldersWithoutPermissions) {
  Folder folder;
  fs::create_directories(folder.path / "modules/cache/deep");
  std::ofstream(folder.path / "modules/cache/deep/file") << "x";
  fs::permissions(folder.path / "modules/cache/deep", fs::perms::none);
  fs::permissions(folder.path / "modules/cache", fs::perms::owner_read | fs::perms::owner_exec);
  fs::permissions(folder.path / "modules", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_TRUE(wipe_folder(folder.path));
  EXPECT_FALSE(fs::exists(folder.path));
}

TEST(WipeFolder, RemovesATreeOfAnyDepth) {
  Folder folder;
  // Deeper than the usual limit on open descriptors.
  base::UniqueFd at(open(folder.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int depth = 0; depth < 1100; ++depth) {
    ASSERT_EQ(mkdirat(at.get(), "deep", 0700), 0);
    at.reset(openat(at.get(), "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  EXPECT_TRUE(wipe_folder(folder.path));
  EXPECT_FALSE(fs::exists(folder.path));
}

TEST(WipeFolder, CopesWithTheNamesThatItUsesItself) {
  Folder folder;
  std::ofstream(folder.path / ".wipe-0") << "x";
  fs::create_directories(folder.path / ".wipe-1/.wipe-0/x/y");
  fs::create_directories(folder.path / "a/b/c");
  fs::create_directories(folder.path / "a/d/c");
  EXPECT_TRUE(wipe_folder(folder.path));
  EXPECT_FALSE(fs::exists(folder.path));
}

TEST(WipeFolder, StopsWhenAskedAndCanBeCalledAgain) {
  Folder folder;
  std::ofstream(folder.path / "file") << "x";
  std::stop_source stop;
  stop.request_stop();
  Result<void> const stopped = wipe_folder(folder.path, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(fs::exists(folder.path / "file"));
  EXPECT_TRUE(wipe_folder(folder.path));
}

TEST(WipeFolder, SaysWhatItCouldNotRemove) {
  Result<void> const result = wipe_folder("/proc/self/task");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::backend);
  EXPECT_THAT(result.error().message, HasSubstr("/proc/self/task"));
}

/// A mount with a file in it, which ends with the object, if this user may mount anything. It is
/// held by a descriptor, because its path may change.
class Mount {
 public:
  /// A new file system, or with MS_BIND the folder `from`.
  Mount(fs::path const& where, unsigned long flags, fs::path const& from = "none") {
    char const* const type = flags == 0 ? "tmpfs" : nullptr;
    if (mount(from.c_str(), where.c_str(), type, flags, nullptr) != 0) return;
    root_.reset(open(where.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::ofstream(path() + "/precious") << "x";
    fs::permissions(path(), kPermissions);
  }
  Mount(Mount const&) = delete;
  Mount& operator=(Mount const&) = delete;
  ~Mount() {
    if (mounted()) umount2(path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return root_.valid(); }
  [[nodiscard]] bool untouched() const {
    return fs::exists(path() + "/precious") && fs::status(path()).permissions() == kPermissions;
  }

 private:
  static constexpr fs::perms kPermissions = fs::perms::owner_read | fs::perms::owner_exec;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(root_.get()); }
  base::UniqueFd root_;
};

TEST(WipeFolder, DoesNotEnterAMountedFileSystem) {
  for (char const* const where : {"", "top", "one/below", "deep/in/a/tree"}) {
    Folder folder;
    fs::create_directories(folder.path / where);
    Mount const mount(folder.path / where, 0);
    if (!mount.mounted()) GTEST_SKIP() << "this user may not mount anything";
    Result<void> const wiped = wipe_folder(folder.path);
    ASSERT_FALSE(wiped);
    EXPECT_THAT(wiped.error().message, HasSubstr("unmount it"));
    EXPECT_TRUE(mount.untouched()) << where;
  }
}

TEST(WipeFolder, DoesNotEnterAMountedPartOfTheSameFileSystem) {
  Folder folder;
  fs::path const outside = folder.directory.path() / "outside";
  fs::create_directory(outside);
  fs::create_directory(folder.path / "bound");
  Mount const mount(folder.path / "bound", MS_BIND, outside);
  if (!mount.mounted()) GTEST_SKIP() << "this user may not mount anything";
  EXPECT_FALSE(wipe_folder(folder.path));
  EXPECT_TRUE(mount.untouched());
}

}  // namespace
}  // namespace scaleset::backends
