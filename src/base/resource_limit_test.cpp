#include "base/resource_limit.hpp"

#include <gmock/gmock.h>

#include <cerrno>

#include "base/testing/no_descriptors.hpp"

namespace scaleset::base {
namespace {

using ::testing::HasSubstr;

TEST(ResourceLimit, EachHasItsAdvice) {
  EXPECT_THAT(advice_for_limit(EMFILE), HasSubstr("LimitNOFILE="));
  EXPECT_THAT(advice_for_limit(ENFILE), HasSubstr("fs.file-max"));
  EXPECT_THAT(advice_for_limit(EAGAIN), HasSubstr("TasksMax="));
  EXPECT_EQ(advice_for_limit(ENOENT), "");
}

TEST(ResourceLimit, IsExplainedBehindTheSystemsText) {
  EXPECT_EQ(system_error_text(ENOENT), "No such file or directory");
  EXPECT_THAT(system_error_text(EMFILE),
              AllOf(HasSubstr("Too many open files; "), HasSubstr("ulimit -n")));
}

TEST(ResourceLimit, IsNoticedWhileItIsReached) {
  EXPECT_EQ(descriptors_exhausted(), 0);
  int exhausted = 0;
  {
    NoDescriptors const none;
    exhausted = descriptors_exhausted();
  }
  EXPECT_EQ(exhausted, EMFILE);
  EXPECT_EQ(descriptors_exhausted(), 0);
}

}  // namespace
}  // namespace scaleset::base
