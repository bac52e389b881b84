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
    what_.source = release_;
    options_.work_root = directory_.path() / "work";
    fs::create_directories(release_ / "bin");
    for (char const* name : {"run.sh", "bin/Runner.Listener"}) {
      std::ofstream(release_ / name) << "#!/bin/sh\n";
      fs::permissions(release_ / name, fs::perms::owner_all);
    }
  }

  std::string refusal() {
    Result<void> const checked = validate(options_, what_);
    if (checked) return "";
    EXPECT_EQ(checked.error().code, ErrorCode::invalid_options);
    EXPECT_EQ(checked.error().message.find('\n'), std::string::npos);
    EXPECT_FALSE(fs::exists(options_.work_root)) << "it changes nothing";
    return checked.error().message;
  }

  base::TemporaryDirectory directory_;
  fs::path release_ = directory_.path() / "release";
  ProcessOptions options_;
  Template what_;
  InstanceRecord record_;
};

TEST_F(WorkFolder, GoodOptionsBecomeAbsolute) {
  options_.work_root = fs::relative(options_.work_root);
  Result<ProcessOptions> const checked = prepare_options(options_);
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_TRUE(checked->work_root.is_absolute());
  EXPECT_TRUE(fs::is_directory(checked->work_root));
  EXPECT_TRUE(check_work_folder(checked->work_root));
}

TEST_F(WorkFolder, ARunnerFolderWithoutRunnerIsRefusedWithAdvice) {
  fs::remove(release_ / "run.sh");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("release/run.sh"), HasSubstr("unpack"),
                               HasSubstr("https://github.com/actions/runner/releases")));
}

TEST_F(WorkFolder, AListenerThatCannotBeRunIsRefused) {
  fs::permissions(release_ / "bin/Runner.Listener", fs::perms::owner_read);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("bin/Runner.Listener"), HasSubstr("Permission denied"),
                               HasSubstr("the user "), HasSubstr("must be allowed")));
  fs::remove(release_ / "bin/Runner.Listener");
  fs::create_directory(release_ / "bin/Runner.Listener");
  EXPECT_THAT(refusal(), HasSubstr("bin/Runner.Listener"));
}

TEST_F(WorkFolder, AWorkFolderInsideTheRunnerFolderIsRefused) {
  options_.work_root = release_ / "work";
  EXPECT_THAT(refusal(), HasSubstr("inside"));
  EXPECT_FALSE(resolve_source(what_, release_));
  options_.work_root = directory_.path() / "release-work";
  EXPECT_EQ(refusal(), "");
}

TEST_F(WorkFolder, AWorkFolderThatCannotBeMadeIsRefused) {
  std::ofstream(options_.work_root) << "a file";
  Result<ProcessOptions> const made = prepare_options(options_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_options);
  EXPECT_THAT(made.error().message, HasSubstr("work folder"));
}

TEST_F(WorkFolder, AWorkFolderThatHasGoneCannotBeUsed) {
  ASSERT_TRUE(prepare_options(options_));
  EXPECT_TRUE(check_work_folder(options_.work_root));
  fs::remove_all(options_.work_root);
  Result<void> const usable = check_work_folder(options_.work_root);
  ASSERT_FALSE(usable);
  EXPECT_EQ(usable.error().code, ErrorCode::backend);
  EXPECT_THAT(usable.error().message, AllOf(HasSubstr("No such file"), HasSubstr("may write to")));
}

TEST_F(WorkFolder, AWorkFolderThatHasGoneIsMadeAgainWithTheRecordsOfTheLiving) {
  ASSERT_TRUE(prepare_options(options_));
  auto const old = lock_work_folder(options_.work_root);
  ASSERT_TRUE(old);
  fs::remove_all(options_.work_root);
  LivingRunner here;
  here.paths = InstancePaths(options_.work_root, "here");
  here.record.owner = base::OwnerKey::make("https://github.com/org", "default", "set").value();
  here.record.runner = RunnerId{7};
  LivingRunner elsewhere = here;
  elsewhere.paths = InstancePaths(directory_.path() / "elsewhere", "elsewhere");
  auto const lock = restore_work_folder(options_.work_root, {here, elsewhere});
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_TRUE(lock->in_place());
  EXPECT_FALSE(old->in_place());
  EXPECT_TRUE(check_work_folder(options_.work_root));
  auto const found = read_records(options_.work_root, here.record.owner).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].runner_name, "here");
  EXPECT_EQ(found[0].record, here.record);
  EXPECT_FALSE(fs::exists(directory_.path() / "elsewhere"));
}

TEST_F(WorkFolder, AWorkFolderThatAnotherHoldsIsNotTaken) {
  ASSERT_TRUE(prepare_options(options_));
  auto const other = lock_work_folder(options_.work_root);
  ASSERT_TRUE(other);
  auto const lock = restore_work_folder(options_.work_root, {});
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, ErrorCode::conflict);
}

TEST_F(WorkFolder, AReleaseFolderMayBeALinkThatIsMoved) {
  fs::path const link = directory_.path() / "current";
  fs::create_directory_symlink(release_, link);
  what_.source = link;
  EXPECT_EQ(resolve_source(what_, options_.work_root), fs::canonical(release_));
  fs::path const newer = directory_.path() / "newer";
  fs::copy(release_, newer, fs::copy_options::recursive);
  fs::remove(link);
  fs::create_directory_symlink(newer, link);
  EXPECT_EQ(resolve_source(what_, options_.work_root), fs::canonical(newer));
}

TEST_F(WorkFolder, SecretsOfTheDaemonCannotBePassed) {
  what_.pass_environment = {"DOCKER_HOST", "GITHUB_TOKEN"};
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
  ASSERT_TRUE(make_instance(release_, paths, record_));
  EXPECT_TRUE(fs::exists(paths.folder / "bin/Runner.Listener"));
  EXPECT_TRUE(fs::exists(paths.record));
  EXPECT_TRUE(fs::is_fifo(paths.output));
  EXPECT_FALSE(make_instance(release_, paths, record_));
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
  Result<void> const made = make_instance(release_, paths, record_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("exists already"));
  EXPECT_TRUE(fs::exists(paths.folder));
  EXPECT_FALSE(fs::exists(paths.record));
}

TEST_F(WorkFolder, AFailureHalfWayLeavesNothing) {
  ASSERT_TRUE(prepare_options(options_));
  InstancePaths const paths(options_.work_root, "r1");
  EXPECT_FALSE(make_instance(directory_.path() / "absent", paths, record_));
  EXPECT_FALSE(fs::exists(paths.folder));
  EXPECT_FALSE(fs::exists(paths.record));
}

TEST_F(WorkFolder, AnInterruptedClearingKeepsTheRecord) {
  ASSERT_TRUE(prepare_options(options_));
  InstancePaths const paths(options_.work_root, "r1");
  ASSERT_TRUE(make_instance(release_, paths, record_));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clear_instance(paths, stop.get_token()));
  EXPECT_TRUE(fs::exists(paths.record));
  EXPECT_TRUE(clear_instance(paths, {}));
}

}  // namespace
}  // namespace scaleset::backends
