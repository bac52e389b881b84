#include "base/exposure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"

namespace scaleset::base {
namespace {

using std::filesystem::perms;
using ::testing::HasSubstr;

TEST(ExposureOf, AFileThatOthersMayReadIsExposed) {
  TemporaryDirectory const folder;
  auto const file = folder.path() / "token";
  std::ofstream(file) << "x";
  for (perms const allowed :
       {perms::owner_read, perms::owner_all, perms::owner_read | perms::group_write}) {
    std::filesystem::permissions(file, allowed);
    EXPECT_EQ(exposure_of(file), "");
  }
  for (perms const exposed : {perms::group_read, perms::others_read}) {
    std::filesystem::permissions(file, perms::owner_read | exposed);
    EXPECT_THAT(exposure_of(file), HasSubstr("chmod 600 " + file.string()));
  }
}

TEST(ExposureOf, OnlyFilesAreExposed) {
  TemporaryDirectory const folder;
  EXPECT_EQ(exposure_of(""), "");
  EXPECT_EQ(exposure_of(folder.path() / "missing"), "");
  std::filesystem::permissions(folder.path(), perms::all);
  EXPECT_EQ(exposure_of(folder.path()), "");
}

}  // namespace
}  // namespace scaleset::base
