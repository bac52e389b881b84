#include "backends/process/releases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "backends/process/testing/backend_harness.hpp"
#include "base/files.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ReleaseVersionOf, TheLastOneInTheName) {
  using Version = ReleaseVersion;
  EXPECT_EQ(release_version("2.336.0"), (Version{2, 336, 0}));
  EXPECT_EQ(release_version("v2.336.0"), (Version{2, 336, 0}));
  EXPECT_EQ(release_version("actions-runner-linux-x64-2.336.1"), (Version{2, 336, 1}));
  EXPECT_EQ(release_version("2.335.0-of-2.336.0-x"), (Version{2, 336, 0}));
  for (char const* none :
       {"", "runner", "2.336", "2.336.0.1", "2..336", ".336.0", "x64", "99999999999.1.1"})
    EXPECT_EQ(release_version(none), std::nullopt) << none;
}

class ReleasesTest : public ::testing::Test {
 protected:
  fs::path folder() const { return directory_.path() / "releases"; }
  void make(fs::path const& release,
            std::vector<std::string> const& programs = {"run.sh", "bin/Runner.Listener"}) const {
    fs::create_directories(release / "bin");
    for (auto const& name : programs) {
      std::ofstream(release / name) << "#!/bin/sh\n";
      fs::permissions(release / name, fs::perms::owner_all);
    }
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (auto const& path : releases_in(folder())) found.push_back(path.filename());
    return found;
  }
  std::string found(fs::path const& source) const {
    auto const release = find_release(source);
    return release ? release->filename().string() : release.error().message;
  }

 private:
  base::TemporaryDirectory directory_;
};

TEST_F(ReleasesTest, TheHighestVersionComesFirst) {
  for (char const* name : {"2.99.9", "actions-runner-linux-x64-2.336.0", "2.100.0", "latest"})
    make(folder() / name);
  std::ofstream(folder() / "actions-runner-linux-x64-2.400.0") << "an archive\n";
  make(folder().parent_path() / "elsewhere");
  fs::create_directory_symlink(folder().parent_path() / "elsewhere", folder() / "2.337.0");
  EXPECT_THAT(names(),
              ElementsAre("2.337.0", "actions-runner-linux-x64-2.336.0", "2.100.0", "2.99.9"));
  EXPECT_EQ(found(folder()), "2.337.0");
}

TEST_F(ReleasesTest, OneThatDoesNotWorkIsPassedOver) {
  make(folder() / "2.336.0");
  make(folder() / "2.337.0", {"run.sh"});
  EXPECT_EQ(found(folder()), "2.336.0");
  fs::remove(folder() / "2.336.0" / "run.sh");
  EXPECT_THAT(found(folder()), HasSubstr("no runner in " + (folder() / "2.337.0").string()))
      << "the newest is the one to mend";
}

TEST_F(ReleasesTest, AReleaseIsNoFolderOfReleases) {
  make(folder());
  make(folder() / "bin.2.337.0");  // what an update of the runner by itself leaves
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(found(folder()), "releases");
}

TEST_F(ReleasesTest, AFolderWithoutReleasesIsRefusedWithAdvice) {
  EXPECT_THAT(found("/nonexistent"), HasSubstr("unpack an actions/runner release there"));
  fs::create_directories(folder());
  EXPECT_THAT(found(folder()), HasSubstr("unpack an actions/runner release there"));
}

TEST(NewerReleases, ArePickedUpByTheNextRunner) {
  BackendHarness harness("");
  auto const release = [&harness](std::string const& version) {
    fs::path const folder = harness.path("release") / version;
    fs::create_directories(folder / "bin");
    for (char const* name : {"run.sh", "bin/Runner.Listener"}) {
      std::ofstream(folder / name) << "#!/bin/sh\necho 'Current runner version: '\"'" << version
                                   << "'\"\necho '2026-11-23 16:00:00Z: Listening for Jobs'\n";
      fs::permissions(folder / name, fs::perms::owner_all);
    }
  };
  fs::remove_all(harness.path("release"));
  release("2.336.0");
  harness.make();
  ASSERT_TRUE(harness.start("r1"));
  EXPECT_EQ(harness.wait_for_exit().version, "2.336.0");
  release("2.337.0");
  harness.events.clear();  // the end of the first one
  ASSERT_TRUE(harness.start("r2"));
  EXPECT_EQ(harness.wait_for_exit().version, "2.337.0");
}

}  // namespace
}  // namespace scaleset::backends
