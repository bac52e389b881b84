#include "cli/work_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <string>

#include "base/files.hpp"

namespace scaleset::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Environment environment_of(std::map<std::string, char const*> const& variables) {
  return [variables](char const* name) {
    auto const found = variables.find(name);
    return found == variables.end() ? nullptr : found->second;
  };
}

std::string chosen(std::map<std::string, char const*> const& variables) {
  return default_work_dir(environment_of(variables));
}

TEST(WorkDir, TakesTheFirstPlaceThatIsSet) {
  EXPECT_EQ(chosen({{"STATE_DIRECTORY", "/var/lib/a"}, {"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}),
            "/var/lib/a/runners");
  EXPECT_EQ(chosen({{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}), "/x/scaleset/runners");
  EXPECT_EQ(chosen({{"HOME", "/h"}}), "/h/.local/state/scaleset/runners");
  EXPECT_EQ(chosen({{"HOME", "/root"}}), "/var/lib/scaleset/runners");
  EXPECT_EQ(chosen({}), "/var/lib/scaleset/runners");
}

TEST(WorkDir, TakesTheFirstOfSystemdsStateDirectories) {
  EXPECT_EQ(chosen({{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"}}), "/var/lib/a/runners");
  EXPECT_EQ(chosen({{"STATE_DIRECTORY", ":state:/var/lib/b"}}), "/var/lib/b/runners");
}

TEST(WorkDir, EmptyAndRelativeCountAsNotSet) {
  for (char const* const wrong : {"", "state", "./state", ":"}) {
    EXPECT_EQ(chosen({{"STATE_DIRECTORY", wrong}, {"XDG_STATE_HOME", wrong}, {"HOME", "/h"}}),
              "/h/.local/state/scaleset/runners")
        << wrong;
    EXPECT_EQ(chosen({{"HOME", wrong}}), "/var/lib/scaleset/runners") << wrong;
  }
}

TEST(WorkDir, AUserWithoutAHomeIsToldWhereTheFoldersAre) {
  constexpr unsigned int kUser = 1000;
  auto const warning = [](std::map<std::string, char const*> const& variables, unsigned int user) {
    return default_work_dir_warning(environment_of(variables), user);
  };
  EXPECT_THAT(warning({}, kUser), AllOf(HasSubstr("HOME"), HasSubstr("/var/lib/scaleset/runners"),
                                        HasSubstr("--work-dir")));
  EXPECT_THAT(warning({{"HOME", "home"}}, kUser), HasSubstr("HOME"));
  EXPECT_EQ(warning({}, 0), "") << "for root it is the usual place";
  EXPECT_EQ(warning({{"HOME", "/home/u"}}, kUser), "");
  EXPECT_EQ(warning({{"STATE_DIRECTORY", "/var/lib/a"}}, kUser), "");
}

TEST(WorkDir, AFolderThatEverybodyMayWriteToIsNamedWithTheMend) {
  base::TemporaryDirectory const folder;
  std::string const path = folder.path();
  for (mode_t const mode : {0777U, 01777U, 0702U}) {
    ::chmod(path.c_str(), mode);
    EXPECT_THAT(open_folder_warning(path), HasSubstr("chmod o-w " + path));
  }
  for (mode_t const mode : {0755U, 0770U, 0700U}) {
    ::chmod(path.c_str(), mode);
    EXPECT_EQ(open_folder_warning(path), "");
  }
  EXPECT_EQ(open_folder_warning(folder.path() / "not-there"), "");
}

TEST(WorkDir, RootIsWarned) {
  EXPECT_THAT(root_warning(0), HasSubstr("root"));
  EXPECT_EQ(root_warning(1000), "");
}

}  // namespace
}  // namespace scaleset::cli
