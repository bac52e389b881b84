#include "simulator/runner/runner_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/files.hpp"

namespace scaleset::simulator {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RunnerDirTest : public ::testing::Test {
 protected:
  RunnerDirTest() : dir(directory.path() / "runner"), binary(directory.path() / "it's a binary") {
    std::ofstream(binary)
        << "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done > \"$OUT\"\nexit 7\n";
    fs::permissions(binary, fs::perms::owner_all);
  }
  int run(std::string const& command) {
    std::string const out = (directory.path() / "out").string();
    return std::system(("cd / && OUT=" + out + " " + (dir / command).string()).c_str()) >> 8;
  }
  std::string out() { return base::read_file(directory.path() / "out").value_or(""); }

  base::TemporaryDirectory directory;
  fs::path dir;
  fs::path binary;
};

TEST_F(RunnerDirTest, TheListenerRunsTheBinaryAndKeepsItsExitCode) {
  ASSERT_TRUE(write_runner_dir(dir, binary));
  EXPECT_EQ(run("bin/Runner.Listener run --jitconfig 'a b'"), 7);
  EXPECT_EQ(out(), "simulate-runner\n--root\n" + fs::canonical(dir).string() +
                       "\nrun\n--jitconfig\na b\n");
}

TEST_F(RunnerDirTest, TheListenerIsKnownByItsName) {
  ASSERT_TRUE(write_runner_dir(dir, "/bin/cat"));
  EXPECT_EQ(run("bin/Runner.Listener 2> " + (directory.path() / "out").string()), 1);
  EXPECT_THAT(out(), StartsWith(fs::canonical(dir).string() + "/bin/Runner.Listener: "))
      << "as cat complains about its arguments";
}

TEST_F(RunnerDirTest, MayBeRepeatedWithAnotherBinary) {
  ASSERT_TRUE(write_runner_dir(dir, "/nowhere/scaleset"));
  ASSERT_TRUE(write_runner_dir(dir, binary));
  EXPECT_EQ(run("bin/Runner.Listener"), 7);
  EXPECT_FALSE(fs::exists(dir / "run.sh.new"));
}

TEST_F(RunnerDirTest, AnEmptyFolderIsTaken) {
  fs::create_directory(dir);
  EXPECT_TRUE(write_runner_dir(dir, binary));
}

TEST_F(RunnerDirTest, ARealRunnersFolderIsLeftAlone) {
  fs::create_directories(dir / "bin");
  std::ofstream(dir / "bin/Runner.Listener") << "ELF";
  Result<void> const written = write_runner_dir(dir, binary);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(written.error().message, HasSubstr("holds something else"));
  EXPECT_EQ(base::read_file(dir / "bin/Runner.Listener").value_or(""), "ELF");
}

TEST_F(RunnerDirTest, AFileInTheWayIsAnError) {
  std::ofstream(dir) << "x";
  EXPECT_FALSE(write_runner_dir(dir, binary));
}

}  // namespace
}  // namespace scaleset::simulator
