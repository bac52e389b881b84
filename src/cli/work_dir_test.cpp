#include "cli/work_dir.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace scaleset::cli {
namespace {

std::string chosen(std::map<std::string, char const*> const& variables) {
  return default_work_dir([&](char const* name) {
    auto const found = variables.find(name);
    return found == variables.end() ? nullptr : found->second;
  });
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

}  // namespace
}  // namespace scaleset::cli
