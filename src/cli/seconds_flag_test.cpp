#include "cli/seconds_flag.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace scaleset::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SecondsFlag : public ::testing::Test {
 protected:
  SecondsFlag() {
    add_seconds(command_, "--wait", wait_, "Seconds to wait", 1ms)->envname("SECONDS_FLAG_TEST");
  }
  /// The text of the error.
  std::string refusal(std::string const& seconds) {
    try {
      command_.parse(std::vector<std::string>{"--wait=" + seconds});
    } catch (CLI::ParseError const& error) {
      return error.what();
    }
    return "it was accepted";
  }

  CLI::App command_{"test"};
  std::chrono::milliseconds wait_ = 1500ms;
};

TEST_F(SecondsFlag, KeepsItsDefaultAndShowsIt) {
  command_.parse(std::vector<std::string>{});
  EXPECT_EQ(wait_, 1500ms);
  EXPECT_THAT(command_.help(), HasSubstr("Seconds to wait [1.5]"));
}

TEST_F(SecondsFlag, TakesFractionsOfASecond) {
  command_.parse(
      std::vector<std::string>{"0.25", "--wait"});  // in reverse order, as CLI11 expects it
  EXPECT_EQ(wait_, 250ms);
}

TEST_F(SecondsFlag, RefusesInvalidTimes) {
  for (char const* const wrong : {"nan", "-nan", "inf", "-inf", "infinity", "1e30", "1e300",
                                  "1e999", "-1", "0", "0.0001", "1e-9", "", "5s", "1 ", "+1"}) {
    std::string const text = refusal(wrong);
    EXPECT_THAT(text, HasSubstr("--wait")) << wrong;
    EXPECT_EQ(wait_, 1500ms) << wrong;
  }
  EXPECT_EQ(refusal("nan"), "--wait must be a number of seconds from 0.001 to 316224000");
  EXPECT_EQ(refusal("soon"), "--wait must be a number of seconds from 0.001 to 316224000");
}

TEST_F(SecondsFlag, DoesNotTakeATinyTimeForZero) {
  std::chrono::milliseconds hold = 5ms;
  add_seconds(command_, "--hold", hold, "Seconds to hold");
  for (char const* const tiny : {"1e-9", "0.0004"}) {
    EXPECT_THROW(command_.parse(std::vector<std::string>{tiny, "--hold"}), CLI::ValidationError);
    EXPECT_EQ(hold, 5ms);
  }
  command_.parse(std::vector<std::string>{"0", "--hold"});
  EXPECT_EQ(hold, 0ms);
}

TEST_F(SecondsFlag, RefusesInvalidTimesInTheEnvironmentToo) {
  ::setenv("SECONDS_FLAG_TEST", "inf", 1);
  EXPECT_THROW(command_.parse(std::vector<std::string>{}), CLI::ValidationError);
  ::unsetenv("SECONDS_FLAG_TEST");
}

}  // namespace
}  // namespace scaleset::cli
