#include "backends/process/runner_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void write(fs::path const& path, std::string const& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

struct Folders {
  Folders() : release(directory.path() / "release"), runner(directory.path() / "r1") {
    write(release / "run.sh", "run");
    write(release / "bin/Runner.Listener", "listener");
    write(release / "externals/node20/bin/node", "node");
  }
  base::TemporaryDirectory directory;
  fs::path release;
  fs::path runner;
};

TEST(PlacementOf, LinksTheBigTreesAndCopiesTheRest) {
  EXPECT_EQ(placement_of("bin"), Placement::link);
  EXPECT_EQ(placement_of("bin/Runner.Listener"), Placement::link);
  EXPECT_EQ(placement_of("externals/node20/bin/node"), Placement::link);
  EXPECT_EQ(placement_of("run.sh"), Placement::copy);
  EXPECT_EQ(placement_of(".env"), Placement::copy);
  EXPECT_EQ(placement_of("hooks/start.sh"), Placement::copy);
  EXPECT_EQ(placement_of("binaries"), Placement::copy);
}

TEST(PlacementOf, SkipsWhatBelongsToAnotherRunner) {
  for (char const* path : {"_work", "_work/a/b", "_diag", "_diag/Runner_1.log", ".runner",
                           ".runner_migrated", ".credentials", ".credentials_rsaparams"}) {
    EXPECT_EQ(placement_of(path), Placement::skip) << path;
  }
  EXPECT_EQ(placement_of("bin/_work"), Placement::link) << "only at the top";
  EXPECT_EQ(placement_of("hooks/.credentials"), Placement::copy) << "only at the top";
}

TEST(PlacementOf, SkipsLeftOvers) {
  EXPECT_EQ(placement_of("bin.2.300.0/Runner.Listener"), Placement::skip);
  EXPECT_EQ(placement_of("externals.2.300.0"), Placement::skip);
  EXPECT_EQ(placement_of("actions-runner-linux-x64-2.336.0.tar.gz"), Placement::skip);
  EXPECT_EQ(placement_of(""), Placement::skip);
}

TEST(IsFolderName, RefusesWhatCouldLeaveTheWorkFolder) {
  EXPECT_TRUE(is_folder_name("linux-x64_1.a"));
  EXPECT_TRUE(is_folder_name(std::string(128, 'a')));
  for (std::string const& name :
       {std::string(), std::string("."), std::string(".."), std::string(".scaleset"),
        std::string("a/b"), std::string("a b"), std::string("a\n"), std::string("a\0b", 3),
        std::string(129, 'a')}) {
    EXPECT_FALSE(is_folder_name(name)) << name;
  }
}

TEST(LayOutRunner, LinksAndCopies) {
  Folders folders;
  fs::permissions(folders.release / "run.sh", fs::perms::owner_all);
  ASSERT_TRUE(lay_out_runner(folders.release, folders.runner));
  EXPECT_TRUE(fs::equivalent(folders.release / "bin/Runner.Listener",
                             folders.runner / "bin/Runner.Listener"));
  EXPECT_TRUE(fs::equivalent(folders.release / "externals/node20/bin/node",
                             folders.runner / "externals/node20/bin/node"));
  EXPECT_FALSE(fs::equivalent(folders.release / "run.sh", folders.runner / "run.sh"));
  EXPECT_EQ(base::read_file(folders.runner / "run.sh"), "run");
  EXPECT_EQ(fs::status(folders.runner).permissions(), fs::perms::owner_all)
      << "because the runner writes its key there";
  EXPECT_EQ(fs::status(folders.runner / "run.sh").permissions(), fs::perms::owner_all);
}

TEST(LayOutRunner, LeavesOutARunnerThatWasConfiguredInTheRelease) {
  Folders folders;
  write(folders.release / "_work/repo/file", "x");
  write(folders.release / "_diag/Runner.log", "x");
  write(folders.release / ".credentials", "x");
  write(folders.release / ".env", "A=B");
  ASSERT_TRUE(lay_out_runner(folders.release, folders.runner));
  EXPECT_FALSE(fs::exists(folders.runner / "_work"));
  EXPECT_FALSE(fs::exists(folders.runner / "_diag"));
  EXPECT_FALSE(fs::exists(folders.runner / ".credentials"));
  EXPECT_TRUE(fs::exists(folders.runner / ".env"));
}

TEST(LayOutRunner, KeepsSymbolicLinksButFollowsTheTwoTrees) {
  Folders folders;
  fs::rename(folders.release / "bin", folders.release / "bin.2.300.0");
  fs::create_directory_symlink(folders.release / "bin.2.300.0", folders.release / "bin");
  fs::create_symlink("node", folders.release / "externals/node20/bin/nodejs");
  fs::create_symlink("/nowhere", folders.release / "dangling");
  ASSERT_TRUE(lay_out_runner(folders.release, folders.runner));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(folders.runner / "bin")));
  EXPECT_TRUE(fs::equivalent(folders.release / "bin/Runner.Listener",
                             folders.runner / "bin/Runner.Listener"));
  EXPECT_EQ(fs::read_symlink(folders.runner / "externals/node20/bin/nodejs"), "node");
  EXPECT_EQ(fs::read_symlink(folders.runner / "dangling"), "/nowhere");
}

TEST(LayOutRunner, RefusesAFolderThatExists) {
  Folders folders;
  ASSERT_TRUE(lay_out_runner(folders.release, folders.runner));
  Result<void> const again = lay_out_runner(folders.release, folders.runner);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::backend);
  EXPECT_THAT(again.error().message, HasSubstr(folders.runner.string()));
}

TEST(LayOutRunner, SaysWhatIsMissing) {
  Folders folders;
  Result<void> const result = lay_out_runner(folders.directory.path() / "absent", folders.runner);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("absent"));
}

TEST(RunnerFolderAdvice, SaysWhichUserNeedsAPermission) {
  auto const denied = std::make_error_code(std::errc::permission_denied);
  EXPECT_THAT(
      permission_advice("/opt/runner", denied),
      ::testing::AllOf(::testing::HasSubstr("the user "), ::testing::HasSubstr("/opt/runner")));
  EXPECT_EQ(permission_advice("/opt/runner", std::make_error_code(std::errc::io_error)), "");
}

}  // namespace
}  // namespace scaleset::backends
