#include "simulator/runner/runner_scripts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/files.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

/// A runner's folder with a listener of a few lines.
class RunnerScriptsTest : public ::testing::Test {
 protected:
  RunnerScriptsTest() {
    fs::create_directory(dir() / "bin");
    put("run.sh", run_script());
    put("run-helper.sh", helper_script());
  }
  fs::path dir() const { return folder.path(); }
  void put(char const* name, std::string const& text) const {
    std::ofstream(dir() / name) << text;
    fs::permissions(dir() / name, fs::perms::owner_all);
  }
  void listener(std::string const& script) const {
    put("bin/Runner.Listener", "#!/bin/sh\ncd " + dir().string() + "\n" + script);
  }
  /// The exit code; the output is in `output`.
  int run(std::string const& settings, std::string const& command = "run.sh --once") {
    std::string const line = "cd /; unset RUNNER_MANUALLY_TRAP_SIG RUNNER_ALLOW_RUNASROOT; " +
                             settings + " " + (dir() / command).string() + " > " +
                             (dir() / "output").string() + " 2>&1";
    int const status = std::system(line.c_str());
    output = base::read_file(dir() / "output").value_or("");
    return WEXITSTATUS(status);
  }
  int count_of_starts() const {
    std::string const starts = base::read_file(dir() / "starts").value_or("");
    return static_cast<int>(std::ranges::count(starts, '\n'));
  }

  static constexpr char const* kAsRoot = "RUNNER_ALLOW_RUNASROOT=1";
  static constexpr char const* kTrapping =
      "RUNNER_ALLOW_RUNASROOT=1 RUNNER_MANUALLY_TRAP_SIG=1 SIMULATE_RESTART_SECONDS=0";
  base::TemporaryDirectory folder;
  std::string output;
};

TEST_F(RunnerScriptsTest, AlmostEveryEndLooksLikeSuccess) {
  std::map<int, std::string> const texts = {
      {0, "Runner listener exit with 0 return code, stop the service, no retry needed."},
      {1, "exit with terminated error, stop the service, no retry needed."},
      {5, "Session Conflict error"},
      {6, "Exiting with unknown error code: 6"},
      {102, "Exiting with unknown error code: 102"}};
  for (auto const& [code, text] : texts) {
    listener("exit " + std::to_string(code));
    EXPECT_EQ(run(kAsRoot), 0) << code;
    EXPECT_THAT(output, AllOf(HasSubstr(text), EndsWith("Exiting runner...\n"))) << code;
    EXPECT_EQ(run(kTrapping), 0) << code;
  }
}

TEST_F(RunnerScriptsTest, ADeprecatedVersionIsReported) {
  listener("exit 7");
  EXPECT_EQ(run(kAsRoot), 7);
  EXPECT_EQ(run(kTrapping), 7);
}

TEST_F(RunnerScriptsTest, ATemporaryErrorRestartsTheListener) {
  listener("echo start >> starts; [ $(wc -l < starts) -ge 3 ] || exit 2");
  EXPECT_EQ(run(std::string(kAsRoot) + " SIMULATE_RESTART_SECONDS=0"), 0);
  EXPECT_EQ(count_of_starts(), 3);
  EXPECT_THAT(output, HasSubstr("Restarting runner...\n"));
  fs::remove(dir() / "starts");
  EXPECT_EQ(run(kTrapping), 0);
  EXPECT_EQ(count_of_starts(), 3);
}

TEST_F(RunnerScriptsTest, AnUpdateIsWaitedFor) {
  listener(
      "echo start >> starts; [ $(wc -l < starts) -ge 2 ] || { touch update.finished; exit 3; }");
  EXPECT_EQ(run(kAsRoot), 0);
  EXPECT_EQ(count_of_starts(), 2);
  EXPECT_FALSE(fs::exists(dir() / "update.finished"));
  fs::remove(dir() / "starts");
  listener("echo start >> starts; [ $(wc -l < starts) -ge 2 ] || exit 4");
  EXPECT_EQ(run(std::string(kAsRoot) + " SIMULATE_UPDATE_SECONDS=0"), 0);
  EXPECT_EQ(count_of_starts(), 2) << "although the update never ended";
}

TEST_F(RunnerScriptsTest, ArgumentsAndEnvironmentArriveUnchanged) {
  listener("for a in \"$@\"; do echo \"[$a]\"; done; echo \"$SETTING\"");
  EXPECT_EQ(run("SETTING='a b' RUNNER_ALLOW_RUNASROOT=1", "run.sh --jitconfig 'x y'"), 0);
  EXPECT_THAT(output, HasSubstr("[run]\n[--jitconfig]\n[x y]\na b\n"));
}

TEST_F(RunnerScriptsTest, RootIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "this needs root";
  listener("echo started");
  EXPECT_EQ(run(""), 1);
  EXPECT_EQ(output, "Must not run interactively with sudo\n");
}

TEST_F(RunnerScriptsTest, SignalsReachTheListenerOnRequest) {
  // The listener signals the shell that runs run.sh, which is its parent's parent.
  listener(
      "trap 'echo interrupted >> starts; exit 0' INT\n"
      "helper=$PPID; run=$(cut -d' ' -f4 /proc/$helper/stat); kill -TERM $run\n"
      "while :; do sleep 0.01; done");
  EXPECT_EQ(run(kTrapping), 0);
  EXPECT_EQ(count_of_starts(), 1);
  EXPECT_THAT(output, Not(HasSubstr("Restarting")));
}

TEST_F(RunnerScriptsTest, SignalsEndOnlyTheShellOtherwise) {
  listener(
      "trap 'echo interrupted >> starts; exit 0' INT TERM\n"
      "helper=$PPID; run=$(cut -d' ' -f4 /proc/$helper/stat); kill -TERM $run\n"
      "while [ -d /proc/$run ] && ! grep -q ') Z' /proc/$run/stat; do sleep 0.01; done\n"
      "echo alive > starts1; mv starts1 starts2");  // whole when it can be seen
  run(kAsRoot);
  // The listener outlives run.sh, which did not pass the signal on.
  for (int tries = 0; tries < 2000 && !fs::exists(dir() / "starts2"); ++tries) usleep(10000);
  EXPECT_EQ(base::read_file(dir() / "starts2").value_or(""), "alive\n");
  EXPECT_EQ(count_of_starts(), 0);
}

}  // namespace
}  // namespace scaleset::simulator::pretend
