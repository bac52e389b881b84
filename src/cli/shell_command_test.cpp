#include "cli/shell_command.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

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

/// Standard error may be a log, which must hold nothing but its own lines, and no secret. (In tests
/// it is no terminal.)
TEST(ShellCommand, WhatItWroteToStandardErrorIsDropped) {
  if (::isatty(STDERR_FILENO) != 0) GTEST_SKIP() << "standard error is a terminal";
  ::testing::internal::CaptureStderr();
  auto const failed = capture_shell_command("cat $0 >&2; cat secret >&2; exit 3", kGenerous);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "the command \"cat ...\" ended with exit code 3");
}

TEST(ShellCommand, WhatItsTextSaysBehindItsNameIsNotRepeated) {
  for (char const* const command :
       {"false hunter2", " false; exit 2 # hunter2", "false&&hunter2"}) {
    auto const failed = capture_shell_command(command, kGenerous);
    ASSERT_FALSE(failed) << command;
    EXPECT_THAT(failed.error().message,
                ::testing::AllOf(HasSubstr("\"false ...\""), Not(HasSubstr("hunter2"))));
  }
  EXPECT_THAT(capture_shell_command("false", kGenerous).error().message, HasSubstr("\"false\" "));
}

TEST(ShellCommand, OneThatHangsIsKilledWithWhatItStarted) {
  auto const late = capture_shell_command("sleep 1000 & sleep 1000", milliseconds(50));
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("took longer"));
}

TEST(ShellCommand, StopEndsOneWhoseOutputIsWaitedFor) {
  std::stop_source stop;
  stop.request_stop();
  auto const stopped = capture_shell_command("sleep 1000", kGenerous, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
}

/// In a process of its own, which cannot run another command afterwards.
TEST(ShellCommand, TheEndOfTheProcessEndsThemAll) {
  base::TemporaryDirectory const folder;
  auto const file = (folder.path() / "started").string();
  pid_t const child = ::fork();
  if (child == 0) {
    Result<Secret> ended = fail(ErrorCode::io, "it still runs");
    std::thread waiting(
        [&] { ended = capture_shell_command("echo > " + file + "; sleep 1000", kGenerous); });
    while (!std::filesystem::exists(file)) std::this_thread::yield();
    end_shell_commands();
    waiting.join();
    bool const killed = !ended && ended.error().message.contains("signal 9");
    auto const late = capture_shell_command("true", kGenerous);
    ::_exit(killed && !late && late.error().code == ErrorCode::cancelled ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
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

/// In a process of its own, which has as many descriptors as `limit` says: captures a secret, and
/// returns what appeared on the process's standard output. `captured` is whether the call
/// succeeded.
std::string output_with_descriptors(rlim_t limit, std::filesystem::path const& file,
                                    bool& captured) {
  pid_t const child = ::fork();
  if (child == 0) {
    int const output = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    rlimit const descriptors{limit, limit};
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
    auto const secret = capture_shell_command("echo hunter2", kGenerous);
    bool const right = !secret || secret->reveal() == "hunter2\n";
    ::_exit(secret ? (right ? 0 : 2) : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "with " << limit;
  EXPECT_NE(WEXITSTATUS(status), 2) << "with " << limit;
  captured = WEXITSTATUS(status) == 0;
  return base::read_file(file).value();
}

TEST(ShellCommand, WithoutDescriptorsASecretDoesNotGoToOurOutput) {
  base::TemporaryDirectory const folder;
  bool captured = false;
  bool failed_once = false;
  // Each step that needs a descriptor is the first to fail once.
  for (rlim_t limit = 3; limit < 12; ++limit) {
    EXPECT_EQ(output_with_descriptors(limit, folder.path() / "output", captured), "")
        << "with " << limit;
    failed_once = failed_once || !captured;
  }
  EXPECT_TRUE(failed_once);
  EXPECT_TRUE(captured) << "with enough of them it works";
}

}  // namespace
}  // namespace scaleset::cli
