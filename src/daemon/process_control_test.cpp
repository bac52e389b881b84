#include "daemon/process_control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ToldReload, SaysWhatHasChangedAsJson) {
  Reloaded reloaded;
  reloaded.used = true;
  EXPECT_EQ(told(reloaded).value(), R"({"changes":[],"warnings":[]})");
  reloaded.lines = {"max_runners: 10 -> 3", "a \"name\""};
  reloaded.warnings = {"nobody uses it"};
  EXPECT_EQ(told(reloaded).value(),
            R"({"changes":["max_runners: 10 -> 3","a \"name\""],"warnings":["nobody uses it"]})");
}

TEST(ToldReload, SaysAllThatIsWrongAndThatNothingHasChanged) {
  Reloaded reloaded;
  reloaded.lines = {"line 3: the first", "line 5: the second"};
  auto const answer = told(reloaded);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::invalid_options);
  EXPECT_THAT(answer.error().message,
              AllOf(HasSubstr("everything goes on as it was"), HasSubstr("the first; line 5")));
}

}  // namespace
}  // namespace scaleset::daemon
