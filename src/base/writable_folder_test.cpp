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

/// What is said to a user who is not root, whoever runs the tests.
std::string said_to_others(fs::path const& folder) {
  bool const is_root = ::geteuid() == 0;
  EXPECT_TRUE(!is_root || ::seteuid(65534) == 0);
  std::string said = unwritable(folder);
  EXPECT_TRUE(!is_root || ::seteuid(0) == 0);
  return said;
}

TEST(Unwritable, NamesTheFolderThatMayNotBeWrittenTo) {
  TemporaryDirectory const folder;
  fs::permissions(folder.path(), fs::perms(0555));
  EXPECT_EQ(said_to_others(folder.path() / "a"),
            folder.path().string() + " cannot be written to: Permission denied");
}

TEST(Unwritable, NamesTheFolderThatMayNotBeLookedInto) {
  TemporaryDirectory const folder;
  fs::create_directory(folder.path() / "a");
  fs::permissions(folder.path(), fs::perms::none);
  EXPECT_EQ(said_to_others(folder.path() / "a"),
            (folder.path() / "a").string() + " cannot be written to: Permission denied");
  fs::permissions(folder.path(), fs::perms::owner_all);
}

}  // namespace
}  // namespace scaleset::base
