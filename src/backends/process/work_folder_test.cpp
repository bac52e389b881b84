#include "backends/process/work_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class WorkFolder : public ::testing::Test {
 protected:
  WorkFolder() {
    options_.runner_dir = directory_.path() / "release";
    options_.work_root = directory_.path() / "work";
    fs::create_directories(options_.runner_dir / "bin");
    for (char const* name : {"run.sh", "bin/Runner.Listener"}) {
      std::ofstream(options_.runner_dir / name) << "#!/bin/sh\n";
      fs::permissions(options_.runner_dir / name, fs::perms::owner_all);
    }
  }

  std::string refusal() {
    Result<ProcessOptions> const checked = prepare_options(options_);
    if (checked) return "";
    EXPECT_EQ(checked.error().code, ErrorCode::invalid_options);
    EXPECT_EQ(checked.error().message.find('\n'), std::string::npos);
    return checked.error().message;
  }

  base::TemporaryDirectory directory_;
  ProcessOptions options_;
};

TEST_F(WorkFolder, GoodOptionsBecomeAbsolute) {
  options_.runner_dir = fs::relative(options_.runner_dir);
  Result<ProcessOptions> const checked = prepare_options(options_);
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_TRUE(checked->runner_dir.is_absolute());
  EXPECT_TRUE(fs::is_directory(checked->work_root));
}

TEST_F(WorkFolder, ARunnerFolderWithoutRunnerIsRefusedWithAdvice) {
  fs::remove(options_.runner_dir / "run.sh");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("release/run.sh"), HasSubstr("unpack"),
                               HasSubstr("https://github.com/actions/runner/releases")));
}

TEST_F(WorkFolder, AListenerThatCannotBeRunIsRefused) {
  fs::permissions(options_.runner_dir / "bin/Runner.Listener", fs::perms::owner_read);
  EXPECT_THAT(refusal(), HasSubstr("bin/Runner.Listener"));
  fs::remove(options_.runner_dir / "bin/Runner.Listener");
  fs::create_directory(options_.runner_dir / "bin/Runner.Listener");
  EXPECT_THAT(refusal(), HasSubstr("bin/Runner.Listener"));
}

TEST_F(WorkFolder, AWorkFolderInsideTheRunnerFolderIsRefused) {
  options_.work_root = options_.runner_dir / "work";
  EXPECT_THAT(refusal(), HasSubstr("inside"));
  options_.work_root = options_.runner_dir;
  EXPECT_THAT(refusal(), HasSubstr("inside"));
  options_.work_root = directory_.path() / "release-work";
  EXPECT_EQ(refusal(), "");
}

TEST_F(WorkFolder, AWorkFolderThatCannotBeMadeIsRefused) {
  std::ofstream(options_.work_root) << "a file";
  EXPECT_THAT(refusal(), HasSubstr("work folder"));
}

TEST_F(WorkFolder, SecretsOfTheDaemonCannotBePassed) {
  options_.pass_environment = {"DOCKER_HOST", "GITHUB_TOKEN"};
  EXPECT_THAT(refusal(), HasSubstr("\"GITHUB_TOKEN\""));
}

TEST_F(WorkFolder, OnlyOneBackendMayLockIt) {
  ASSERT_TRUE(prepare_options(options_));
  Result<base::FileLock> first = lock_work_folder(options_.work_root);
  ASSERT_TRUE(first);
  Result<base::FileLock> const second = lock_work_folder(options_.work_root);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message,
              HasSubstr("uses the work folder " + options_.work_root.string()));
  first->release();
  EXPECT_TRUE(lock_work_folder(options_.work_root));
}

TEST_F(WorkFolder, AnInstanceIsMadeOnceAndClearedCompletely) {
  ASSERT_TRUE(prepare_options(options_));
  InstancePaths const paths(options_.work_root, "r1");
  ASSERT_TRUE(make_instance(options_.runner_dir, paths));
  EXPECT_TRUE(fs::exists(paths.folder / "bin/Runner.Listener"));
  EXPECT_TRUE(fs::exists(paths.record));
  EXPECT_TRUE(fs::is_fifo(paths.output));
  EXPECT_FALSE(make_instance(options_.runner_dir, paths));
  EXPECT_TRUE(fs::exists(paths.record)) << "the second call leaves what the first one made";
  EXPECT_TRUE(clear_instance(paths, {}));
  EXPECT_FALSE(fs::exists(paths.folder));
  EXPECT_FALSE(fs::exists(paths.output));
  EXPECT_FALSE(fs::exists(paths.record));
  EXPECT_TRUE(clear_instance(paths, {}));
}

TEST_F(WorkFolder, AFolderThatIsNotOursIsNeitherUsedNorRemoved) {
  ASSERT_TRUE(prepare_options(options_));
  InstancePaths const paths(options_.work_root, "r1");
  fs::create_directory(paths.folder);
  Result<void> const made = make_instance(options_.runner_dir, paths);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("exists already"));
  EXPECT_TRUE(fs::exists(paths.folder));
  EXPECT_FALSE(fs::exists(paths.record));
}

TEST_F(WorkFolder, AFailureHalfWayLeavesNothing) {
  ASSERT_TRUE(prepare_options(options_));
  InstancePaths const paths(options_.work_root, "r1");
  EXPECT_FALSE(make_instance(directory_.path() / "absent", paths));
  EXPECT_FALSE(fs::exists(paths.folder));
  EXPECT_FALSE(fs::exists(paths.record));
}

TEST_F(WorkFolder, AnInterruptedClearingKeepsTheRecord) {
  ASSERT_TRUE(prepare_options(options_));
  InstancePaths const paths(options_.work_root, "r1");
  ASSERT_TRUE(make_instance(options_.runner_dir, paths));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clear_instance(paths, stop.get_token()));
  EXPECT_TRUE(fs::exists(paths.record));
  EXPECT_TRUE(clear_instance(paths, {}));
}

}  // namespace
}  // namespace scaleset::backends
