#include "cli/shell_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"

namespace scaleset::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr milliseconds kGenerous{60000};

TEST(ShellCommand, ReturnsWhatWasWrittenToStandardOutput) {
  auto const output = capture_shell_command("printf 'a\\nb'; echo other >&2", kGenerous);
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->reveal(), "a\nb");
  EXPECT_EQ(capture_shell_command("cat", kGenerous)->reveal(), "") << "its input is empty";
}

TEST(ShellCommand, FailureNamesTheCommandAndItsEndButNotItsOutput) {
  auto const failed = capture_shell_command("echo hunter2; exit 3", kGenerous);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io);
  EXPECT_THAT(failed.error().message, HasSubstr("exit code 3"));
  auto const killed = capture_shell_command("kill -KILL $$", kGenerous);
  ASSERT_FALSE(killed);
  EXPECT_THAT(killed.error().message, HasSubstr("signal 9"));
}

TEST(ShellCommand, OneThatHangsIsKilledWithWhatItStarted) {
  auto const late = capture_shell_command("sleep 1000 & sleep 1000", milliseconds(50));
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("took longer"));
}

TEST(ShellCommand, IsFedOnStandardInput) {
  base::TemporaryDirectory const folder;
  auto const file = (folder.path() / "copy").string();
  std::string const input(200000, 'x');  // more than a pipe holds
  ASSERT_TRUE(feed_shell_command("cat > '" + file + "'", input, {}));
  EXPECT_EQ(base::read_file(file).value(), input);
}

TEST(ShellCommand, OneThatDoesNotReadItsInputMayStillSucceed) {
  EXPECT_TRUE(feed_shell_command("exit 0", std::string(200000, 'x'), {}));
  EXPECT_FALSE(feed_shell_command("exit 1", "x", {}));
}

TEST(ShellCommand, StopEndsOneThatWasFed) {
  std::stop_source stop;
  stop.request_stop();
  auto const stopped = feed_shell_command("sleep 1000", "", stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace scaleset::cli
