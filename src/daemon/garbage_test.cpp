#include "daemon/garbage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/files.hpp"
#include "base/spawn.hpp"

namespace scaleset::daemon {
namespace {

using Kind = Finding::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// "registration a", "scale_set ... kept: why"
std::vector<std::string> told(std::vector<Finding> const& findings) {
  std::vector<std::string> all;
  all.reserve(findings.size());
  for (auto const& one : findings)
    all.push_back(std::string(to_string(one.kind)) + " " + one.name +
                  (one.kept_because.empty() ? "" : " kept: " + one.kept_because));
  return all;
}

class FindingsTest : public ::testing::Test {
 protected:
  FindingsTest() {
    set.owner = base::OwnerKey::make("https://github.com/octo", "default", "linux").value();
    set.id = ScaleSetId{5};
    set.ours = true;
    store::RunnerRecord runner;
    runner.name = "linux-1";
    runner.id = RunnerId{7};
    set.runners = {runner};
    service.asked = true;
    service.set.emplace();
    service.set->statistics.emplace();
    service.set->statistics->registered_runners = 1;
    service.registered = {RunnerId{7}};
  }
  std::vector<std::string> found() const { return told(findings_of(set, service)); }
  static constexpr char const* kSet = "scale_set https://github.com/octo/default/linux";
  static constexpr char const* kRows = "journal_rows https://github.com/octo/default/linux";

  UnservedSet set;
  ServiceSide service;
};

TEST_F(FindingsTest, OfOursEverythingGoesInOrder) {
  EXPECT_THAT(found(), ElementsAre("registration linux-1", kSet, kRows));
}

TEST_F(FindingsTest, NothingGoesWhileARunnerRuns) {
  set.runs = true;
  for (auto const& one : findings_of(set, service))
    EXPECT_THAT(one.kept_because, HasSubstr("a runner of it runs"));
}

TEST_F(FindingsTest, NothingGoesOfAnotherUrl) {
  service = ServiceSide();
  EXPECT_THAT(found(), ElementsAre(HasSubstr("journal_rows")));
  EXPECT_THAT(found(), ElementsAre(HasSubstr("kept: its URL is another one")));
}

TEST_F(FindingsTest, OneThatIsNotOursStaysAndItsRowsGo) {
  set.ours = false;
  EXPECT_THAT(found(),
              ElementsAre("registration linux-1", HasSubstr("kept: the journal does not"), kRows));
}

TEST_F(FindingsTest, OneThatIsUsedStaysWithItsRows) {
  service.set->statistics->assigned_jobs = 2;
  EXPECT_THAT(found(), ElementsAre("registration linux-1", HasSubstr("kept: 2 jobs are assigned"),
                                   HasSubstr("kept: 2 jobs are assigned")));
  service.set->statistics->assigned_jobs = 0;
  service.set->statistics->registered_runners = 4;
  EXPECT_THAT(found(), ElementsAre("registration linux-1", HasSubstr("kept: 3 runners that this"),
                                   HasSubstr("kept: 3 runners that this")));
  service.set->statistics.reset();
  EXPECT_THAT(found(), ElementsAre("registration linux-1", HasSubstr("does not say"),
                                   HasSubstr("does not say")));
}

TEST_F(FindingsTest, OfOneThatIsGoneAtTheServiceOnlyTheRowsAreLeft) {
  service.set.reset();
  service.registered.clear();
  EXPECT_THAT(found(), ElementsAre(kRows));
}

class LeftoverFindingsTest : public ::testing::Test {
 protected:
  LeftoverFindingsTest() {
    runner.runner_name = "linux-1";
    runner.paths = backends::InstancePaths("/work/hash", "linux-1");
    runner.owner = base::OwnerKey::make("https://github.com/octo", "default", "linux").value();
    runner.runner = RunnerId{7};
  }
  std::vector<std::string> found(bool registered) const {
    return told(findings_of(runner, "https://github.com/octo", registered));
  }
  Leftover runner;
};

TEST_F(LeftoverFindingsTest, OfADeadOneEverythingGoesTheRegistrationFirst) {
  EXPECT_THAT(found(true), ElementsAre("registration linux-1", "instance /work/hash/linux-1"));
  EXPECT_EQ(findings_of(runner, "https://github.com/octo", true).front().runner, RunnerId{7});
  EXPECT_THAT(found(false), ElementsAre("instance /work/hash/linux-1"));
}

TEST_F(LeftoverFindingsTest, OneThatRunsIsKept) {
  runner.process = 17;
  EXPECT_THAT(found(true), ElementsAre(HasSubstr("/linux-1 kept: it runs (process 17); the next")));
}

TEST_F(LeftoverFindingsTest, OneOfAnotherUrlIsKept) {
  runner.owner.url = "https://github.com/other";
  EXPECT_THAT(found(false), ElementsAre(HasSubstr("kept: its URL is another one than --url")));
}

TEST_F(LeftoverFindingsTest, OneIsKeptOfWhichNobodyKnowsWhoseItIs) {
  runner.owner = base::OwnerKey();
  runner.why_unknown = "its record is damaged";
  EXPECT_THAT(found(false), ElementsAre(HasSubstr("kept: its record is damaged")));
}

class UnservedJournalsTest : public ::testing::Test {
 protected:
  store::Journal make(std::string const& name) {
    auto journal = store::Journal::open(folder.path() / (name + ".journal")).value();
    store::ScaleSetRecord record;
    record.config_url = "https://github.com/octo";
    record.group = "default";
    record.name = name;
    record.id = ScaleSetId{5};
    EXPECT_TRUE(journal.put_scale_set(record));
    return journal;
  }
  Result<std::vector<UnservedJournal>> look(Purpose purpose = Purpose::remove) {
    auto const runs = [this](auto const& owner) { return owner == busy; };
    return unserved_journals(folder.path(), runs, purpose);
  }
  base::TemporaryDirectory folder;
  base::OwnerKey busy;
};

TEST_F(UnservedJournalsTest, AreThoseThatNoProcessHasOpen) {
  {
    make("left");
  }
  auto const open = make("served");
  std::ofstream(folder.path() / "other") << "x";
  auto const found = look();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(*found, SizeIs(1));
  ASSERT_THAT(found->front().sets, SizeIs(1));
  UnservedSet const& set = found->front().sets.front();
  EXPECT_EQ(set.owner.name, "left");
  EXPECT_EQ(set.id, ScaleSetId{5});
  EXPECT_FALSE(set.runs);
}

TEST_F(UnservedJournalsTest, CannotBeOpenedWhileTheyAreLookedAt) {
  {
    make("left");
  }
  auto const found = look();
  ASSERT_TRUE(found);
  EXPECT_EQ(store::Journal::open(folder.path() / "left.journal").error().code, ErrorCode::conflict);
}

TEST_F(UnservedJournalsTest, ThatAreOnlyLookedAtAreFreeForOthers) {
  {
    make("left");
  }
  auto const open = make("served");
  auto found = look(Purpose::look);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(*found, SizeIs(1));
  std::vector<store::Change> const forget{store::ForgetScaleSet{found->front().sets.front().key}};
  ASSERT_TRUE(found->front().journal.apply(forget));
  auto journal = store::Journal::open(folder.path() / "left.journal");
  ASSERT_TRUE(journal);
  EXPECT_THAT(journal->scale_sets().value(), SizeIs(1)) << "only the copy has changed";
}

TEST_F(UnservedJournalsTest, KnowWhoseRunnersRun) {
  {
    make("left");
  }
  busy = base::OwnerKey::make("https://github.com/octo", "default", "left").value();
  EXPECT_TRUE(look()->front().sets.front().runs);
}

TEST_F(UnservedJournalsTest, AFolderThatIsNotThereHasNone) {
  auto const found = unserved_journals(folder.path() / "none", has_processes, Purpose::remove);
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, IsEmpty());
}

TEST(HasProcesses, FindsARunnerByItsEnvironment) {
  auto const owner = base::OwnerKey::make("https://github.com/my-org", "default", "gc").value();
  auto const other = base::OwnerKey::make("https://github.com/my-org", "default", "gc2").value();
  std::string mark = "SCALESET_INSTANCE=/anywhere/" + owner.hash() + "/runner";
  std::vector<char*> environment{mark.data(), nullptr};
  base::Spawn spawn;
  auto const pid = spawn.start("/bin/sleep", {"sleep", "1000"}, environment.data());
  ASSERT_TRUE(pid);
  // In the middle of its exec a process has no environment for a moment.
  bool found = false;
  for (int i = 0; i < 1000 && !found; ++i) found = has_processes(owner);
  EXPECT_TRUE(found);
  EXPECT_FALSE(has_processes(other));
  ::kill(*pid, SIGKILL);
  ::waitpid(*pid, nullptr, 0);
  EXPECT_FALSE(has_processes(owner));
}

}  // namespace
}  // namespace scaleset::daemon
