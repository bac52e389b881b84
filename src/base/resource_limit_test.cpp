#include "base/resource_limit.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>

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

TEST(ResourceLimit, IsExplainedBehindTheTextOfALibrarysErrorToo) {
  for (auto const* category : {&std::generic_category(), &std::system_category()})
    EXPECT_THAT(system_error_text(std::error_code(EMFILE, *category)), HasSubstr("ulimit -n"));
  EXPECT_EQ(system_error_text(std::make_error_code(std::future_errc::broken_promise)),
            std::make_error_code(std::future_errc::broken_promise).message());
}

TEST(ResourceLimit, OfDescriptorsIsRaisedAndSetForOthers) {
  rlimit original{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &original), 0);
  rlimit lowered = original;
  lowered.rlim_cur = 200;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  EXPECT_EQ(raise_descriptor_limit(), 200U);
  rlimit now{};
  getrlimit(RLIMIT_NOFILE, &now);
  EXPECT_EQ(now.rlim_cur, std::min<rlim_t>(original.rlim_max, 1U << 20U));
  set_descriptor_limit(getpid(), 300);
  getrlimit(RLIMIT_NOFILE, &now);
  EXPECT_EQ(now.rlim_cur, 300U);
  EXPECT_EQ(now.rlim_max, original.rlim_max);
  setrlimit(RLIMIT_NOFILE, &original);
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
  EXPECT_EQ(descriptors_exhausted(kDescriptorsOfAConnection), 0);
}

// A library that needs a pair of sockets fails with one descriptor left.
TEST(ResourceLimit, IsNoticedIfTooFewAreLeft) {
  int exhausted = 0;
  {
    NoDescriptors const none(kDescriptorsOfAConnection - 1);
    exhausted = descriptors_exhausted(kDescriptorsOfAConnection);
  }
  EXPECT_EQ(exhausted, EMFILE);
}

}  // namespace
}  // namespace scaleset::base
