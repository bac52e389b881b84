#include "daemon/leftovers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "base/files.hpp"

namespace scaleset::daemon {
namespace {

namespace fs = std::filesystem;
using backends::InstancePaths;
using backends::InstanceRecord;
using backends::ProcessView;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LeftoversTest : public ::testing::Test {
 protected:
  LeftoversTest() { fs::create_directories(backends::control_folder(root)); }

  /// A runner as a daemon that was killed leaves it.
  void leave(fs::path const& in, std::string const& name, InstanceRecord const& record) const {
    fs::create_directories(in / name);
    fs::create_directories(backends::control_folder(in));
    ASSERT_TRUE(backends::write_record(InstancePaths(in, name), record));
  }
  InstanceRecord record() const {
    InstanceRecord made;
    made.owner = owner;
    made.runner = RunnerId{7};
    return made;
  }
  /// Its listener is this process.
  void runs(fs::path const& runner_folder) {
    backends::RunnerProgram program;
    program.process.pid = ::getpid();
    program.folder = runner_folder.string();
    processes.add(program);
  }
  std::vector<UnservedFolder> look() const {
    auto found = unserved_folders(folder.path(), [this] { return processes; });
    EXPECT_TRUE(found) << found.error().message;
    return found ? *std::move(found) : std::vector<UnservedFolder>();
  }
  /// Of all folders: "name url process" or "name why nobody knows whose it is".
  std::vector<std::string> told() const {
    std::vector<std::string> all;
    for (UnservedFolder const& one : look()) {
      for (Leftover const& left : one.runners)
        all.push_back(left.runner_name + " " + left.owner.url + left.why_unknown +
                      (left.process ? " runs" : ""));
    }
    return all;
  }

  base::TemporaryDirectory folder;
  base::TemporaryDirectory other;
  base::OwnerKey owner = base::OwnerKey::make("https://github.com/octo", "default", "s").value();
  fs::path root = fs::canonical(folder.path()) / owner.hash();
  ProcessView processes;
};

TEST_F(LeftoversTest, AreFoundByTheirRecords) {
  leave(root, "dead", record());
  leave(fs::canonical(folder.path()) / "runners" / "hash", "of-a-file", record());
  EXPECT_THAT(told(),
              ElementsAre("dead https://github.com/octo", "of-a-file https://github.com/octo"));
  EXPECT_EQ(look().front().runners.front().runner, RunnerId{7});
  EXPECT_EQ(look().front().runners.front().paths.folder, root / "dead");
}

TEST_F(LeftoversTest, OneRunsIfAProcessSaysSoOrItsRecordDoes) {
  leave(root, "a", record());
  runs(root / "a");
  auto of_this_process = record();
  of_this_process.process = backends::identify(::getpid());
  leave(root, "b", of_this_process);
  auto of_an_earlier_one = of_this_process;
  of_an_earlier_one.process->birth += "0";
  leave(root, "c", of_an_earlier_one);
  EXPECT_THAT(told(), ElementsAre("a https://github.com/octo runs",
                                  "b https://github.com/octo runs", "c https://github.com/octo"));
}

TEST_F(LeftoversTest, WithoutAUsableRecordNobodyKnowsWhoseTheyAre) {
  leave(root, "damaged", record());
  std::ofstream(InstancePaths(root, "damaged").record) << "what is this";
  leave(root, "empty", record());
  std::ofstream(InstancePaths(root, "empty").record) << "";
  fs::create_directories(root / "no-record");
  runs(root / "process-only");
  EXPECT_THAT(told(),
              ElementsAre(HasSubstr("damaged its record is damaged"),
                          HasSubstr("empty its record does not say whose it is; the next"),
                          HasSubstr("no-record it has no record; if nobody needs it, remove"),
                          AllOf(HasSubstr("process-only it has no record"), HasSubstr(" runs"))));
}

TEST_F(LeftoversTest, AFolderThatIsServedHasNone) {
  leave(root, "dead", record());
  for (fs::path const& lock :
       {fs::path(root.string() + ".lock"), backends::control_folder(root) / "lock"}) {
    auto held = base::FileLock::acquire(lock, "it");
    ASSERT_TRUE(held);
    EXPECT_THAT(look(), IsEmpty()) << lock;
    held->release();
    EXPECT_THAT(told(), SizeIs(1));
  }
}

TEST_F(LeftoversTest, NobodyCanServeTheFolderWhileTheyLive) {
  leave(root, "dead", record());
  auto const lock = backends::control_folder(root) / "lock";
  ASSERT_TRUE(base::FileLock::acquire(lock, "it"));
  bool was_locked = false;
  auto const found = unserved_folders(folder.path(), [&] {
    was_locked = !base::FileLock::acquire(lock, "it");
    return ProcessView();
  });
  EXPECT_TRUE(was_locked) << "or a runner that starts after the look would seem to be dead";
  EXPECT_FALSE(base::FileLock::acquire(lock, "it"));
}

TEST_F(LeftoversTest, ElsewhereOnlyThoseThatRunAndSayWhoseTheyAreAreTold) {
  fs::path const there = fs::canonical(other.path()) / "hash";
  leave(there, "alive", record());
  leave(there, "dead", record());
  runs(there / "alive");
  runs(there / "unrecorded");
  runs("/nowhere/hash/runner");
  EXPECT_THAT(told(), ElementsAre("alive https://github.com/octo runs"));
  auto const found = look();
  EXPECT_FALSE(found.front().elsewhere);
  EXPECT_TRUE(found.back().elsewhere);
  auto const held = base::FileLock::acquire(backends::control_folder(there) / "lock", "it");
  EXPECT_THAT(told(), IsEmpty()) << "it is served there";
}

TEST_F(LeftoversTest, ALookChangesNothing) {
  leave(root, "dead", record());
  auto const names = [this] {
    std::vector<std::string> all;
    for (auto const& entry : fs::recursive_directory_iterator(folder.path()))
      all.push_back(entry.path().string());
    std::ranges::sort(all);
    return all;
  };
  auto const before = names();
  look();
  EXPECT_EQ(names(), before);
}

TEST_F(LeftoversTest, OtherFoldersAndLinksAreNotLookedAt) {
  leave(fs::canonical(other.path()) / "hash", "dead", record());
  fs::create_directories(folder.path() / "cache");
  fs::create_directory_symlink(other.path() / "hash", folder.path() / "link");
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_TRUE(unserved_folders(folder.path() / "none", [] { return ProcessView(); })->empty());
}

}  // namespace
}  // namespace scaleset::daemon
