#include "base/writable_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/files.hpp"

namespace scaleset::base {
namespace {

namespace fs = std::filesystem;

TEST(Unwritable, AFolderThatIsThereOrCanBeMadeIsNot) {
  TemporaryDirectory const folder;
  EXPECT_EQ(unwritable(folder.path()), "");
  EXPECT_EQ(unwritable(folder.path() / "a/b/c"), "");
  EXPECT_FALSE(fs::exists(folder.path() / "a")) << "it only looks";
}

TEST(Unwritable, NamesTheFileThatIsInTheWay) {
  TemporaryDirectory const folder;
  auto const file = folder.path() / "file";
  std::ofstream(file) << "x";
  std::string const said = file.string() + " cannot be written to: it is not a folder";
  EXPECT_EQ(unwritable(file), said);
  EXPECT_EQ(unwritable(file / "a/b"), said);
}

TEST(Unwritable, NamesTheFolderThatBelongsToOthers) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  TemporaryDirectory const folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(unwritable(folder.path() / "a"),
            folder.path().string() + " cannot be written to: Permission denied");
}

}  // namespace
}  // namespace scaleset::base
