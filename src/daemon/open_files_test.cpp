#include "daemon/open_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

HouseConfig config(int scale_sets, int runners_each) {
  HouseConfig made;
  for (int i = 0; i < scale_sets; ++i) {
    SetSettings set;
    set.fleet.max_runners = runners_each;
    made.sets.push_back(set);
  }
  return made;
}

TEST(OpenFiles, NothingIsSaidIfTheLimitIsEnough) {
  EXPECT_EQ(open_files_warning(1024, config(1, 400)), "");
  EXPECT_EQ(open_files_warning(1U << 20U, config(1000, 100)), "");
  EXPECT_EQ(open_files_warning(112, config(0, 0)), "") << "the file may have no scale set yet";
}

TEST(OpenFiles, ALimitThatIsTooLowIsNamedWithWhatIsNeeded) {
  EXPECT_THAT(open_files_warning(48, config(2, 10)),
              AllOf(HasSubstr("may have 48 open files"), HasSubstr("needs about 156"),
                    HasSubstr("the 20 runners"), HasSubstr("LimitNOFILE=")));
  EXPECT_NE(open_files_warning(133, config(1, 10)), "");
  EXPECT_EQ(open_files_warning(134, config(1, 10)), "");
}

TEST(OpenFiles, AMaximumThatMakesNoSenseIsNoRunner) {
  EXPECT_EQ(open_files_warning(114, config(1, -5)), "");
}

}  // namespace
}  // namespace scaleset::daemon
