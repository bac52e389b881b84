#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "daemon/premises.hpp"
#include "daemon/run_config.hpp"
#include "scaleset/testing/recording_hooks.hpp"

/// Premises of several scale sets, each with a lock of its own.
namespace scaleset::daemon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace fs = std::filesystem;

class SharedPremisesTest : public ::testing::Test {
 protected:
  static base::OwnerKey owner(std::string const& name) {
    return base::OwnerKey::make("https://github.com/my-org", "default", name).value();
  }
  SetPlace place(std::string const& name) const {
    SetPlace made(owner(name));
    made.folder = work;
    made.name = name;
    made.what = "the scale set \"" + name + "\" of https://github.com/my-org";
    return made;
  }
  Result<Premises> open() const { return open_shared_premises(state, base::Logger(log, "daemon")); }
  /// As `scaleset run` with flags.
  Result<Premises> open_with_flags(std::string const& name) const {
    RunConfig config;
    config.url = "https://github.com/my-org";
    config.name = name;
    config.work_dir = work;
    return open_premises(config, owner(name), base::Logger());
  }
  static store::Change runner(store::ScaleSetKey key, std::string name) {
    store::RunnerRecord record;
    record.name = std::move(name);
    record.state = "idle";
    return store::PutRunner{key, std::move(record)};
  }

  base::TemporaryDirectory folder;
  fs::path state = folder.path() / "state";
  fs::path work = state / "runners";
  std::shared_ptr<testing::RecordingLogSink> log = std::make_shared<testing::RecordingLogSink>();
};

TEST_F(SharedPremisesTest, AllScaleSetsHaveOneJournalAndALockEach) {
  auto premises = open().value();
  auto const records = premises.open_sets({place("a"), place("b")});
  ASSERT_TRUE(records[0] && records[1]);
  EXPECT_NE(records[0]->key, records[1]->key);
  auto const written =
      premises.write({{runner(records[0]->key, "r")}, {runner(records[1]->key, "s")}},
                     {records[0]->key, records[1]->key});
  EXPECT_TRUE(written.results.at(0) && written.results.at(1));
  EXPECT_TRUE(fs::exists(state / "daemon.journal"));
  for (char const* const name : {"a", "b"}) {
    EXPECT_TRUE(fs::exists(work / (owner(name).hash() + ".lock"))) << name;
    EXPECT_FALSE(fs::exists(work / (owner(name).hash() + ".journal"))) << name;
  }
}

TEST_F(SharedPremisesTest, TheNextStartFindsWhatWasWritten) {
  {
    auto premises = open().value();
    auto const key = premises.open_set(place("a"))->key;
    EXPECT_TRUE(
        premises.write({{store::NoteScaleSet{key, ScaleSetId{7}, true}, runner(key, "r")}}, {key})
            .results.at(0));
  }
  auto premises = open().value();
  auto const records = premises.open_sets({place("b"), place("a")});
  EXPECT_THAT(records[0]->runners, IsEmpty());
  ASSERT_THAT(records[1]->runners, SizeIs(1));
  EXPECT_EQ(records[1]->id, ScaleSetId{7});
  EXPECT_TRUE(records[1]->ours);
}

TEST_F(SharedPremisesTest, TellsOfWhichScaleSetsThereAreRunners) {
  {
    auto premises = open().value();
    auto const a = premises.open_set(place("a"))->key;
    auto const b = premises.open_set(place("b"))->key;
    EXPECT_TRUE(premises.write({{runner(a, "r")}, {}}, {a, b}).results.at(0));
    EXPECT_THAT(premises.owners_of_runners().value(), ElementsAre(owner("a")));
  }
  EXPECT_THAT(open().value().owners_of_runners().value(), ElementsAre(owner("a")))
      << "also of those that nobody has opened";
}

TEST_F(SharedPremisesTest, ASecondProcessWithTheSameStateIsRefused) {
  auto const first = open();
  ASSERT_TRUE(first);
  EXPECT_EQ(open().error().code, ErrorCode::conflict);
}

TEST_F(SharedPremisesTest, ASecondProcessIsRefusedWhenAllLockFilesWereRemoved) {
  auto first = open().value();
  ASSERT_TRUE(first.open_set(place("a")));
  for (auto const& at : {state, work})
    for (auto const& entry : fs::directory_iterator(at))
      if (entry.path().extension() == ".lock") fs::remove(entry.path());
  auto const second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_THAT(second.error().message, HasSubstr("the folder " + state.string()));
}

TEST_F(SharedPremisesTest, OneThatAnotherProcessServesKeepsNoOtherFromBeingOpened) {
  auto const flags = open_with_flags("a");
  ASSERT_TRUE(flags);
  auto premises = open().value();
  auto const records = premises.open_sets({place("a"), place("b")});
  ASSERT_FALSE(records[0]);
  EXPECT_EQ(records[0].error().code, ErrorCode::conflict);
  EXPECT_THAT(records[0].error().message,
              AllOf(HasSubstr("another process"), HasSubstr("the scale set \"a\"")));
  EXPECT_TRUE(records[1]);
}

TEST_F(SharedPremisesTest, AProcessWithFlagsIsRefusedWhileTheScaleSetIsOpen) {
  auto premises = open().value();
  auto const key = premises.open_set(place("a"))->key;
  EXPECT_EQ(open_with_flags("a").error().code, ErrorCode::conflict);
  EXPECT_TRUE(open_with_flags("b"));
  premises.close_set(key);
  EXPECT_TRUE(open_with_flags("a")) << "it was given back";
}

TEST_F(SharedPremisesTest, WhatAProcessWithFlagsHasLeftIsTakenOver) {
  {
    auto flags = open_with_flags("a").value();
    auto const key = flags.open_set(owner("a"))->key;
    store::SessionRecord session;
    session.id = "s";
    EXPECT_TRUE(flags
                    .write({{store::NoteScaleSet{key, ScaleSetId{7}, true}, runner(key, "r"),
                             store::RememberSession{key, session}}})
                    .results.at(0));
  }
  auto premises = open().value();
  auto const record = premises.open_set(place("a"));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->id, ScaleSetId{7});
  EXPECT_TRUE(record->ours) << "nothing that was ours becomes foreign";
  ASSERT_THAT(record->runners, SizeIs(1));
  EXPECT_EQ(record->runners[0].name, "r");
  ASSERT_TRUE(record->session);
  EXPECT_TRUE(fs::exists(work / (owner("a").hash() + ".journal.imported")));
  EXPECT_THAT(log->lines(), ElementsAre(HasSubstr("took over what another journal says")));
}

TEST_F(SharedPremisesTest, AJournalThatCannotBeTakenOverConcernsItsScaleSetOnly) {
  fs::create_directories(work);
  {
    auto newer = store::Journal::open(work / (owner("a").hash() + ".journal")).value();
  }
  auto database = store::Database::open(work / (owner("a").hash() + ".journal")).value();
  ASSERT_TRUE(database.execute("PRAGMA user_version = 99"));
  auto premises = open().value();
  auto const records = premises.open_sets({place("a"), place("b")});
  ASSERT_FALSE(records[0]);
  EXPECT_THAT(records[0].error().message, HasSubstr("jobs that are running go on"));
  EXPECT_TRUE(records[1]);
  EXPECT_TRUE(base::FileLock::acquire(work / (owner("a").hash() + ".lock"), "it"))
      << "it is not held for a scale set that is not served";
}

TEST_F(SharedPremisesTest, AnotherProcessThatTakesALockTakesThatScaleSetOnly) {
  auto premises = open().value();
  auto const a = premises.open_set(place("a"))->key;
  auto const b = premises.open_set(place("b"))->key;
  fs::remove(work / (owner("a").hash() + ".lock"));
  auto const other = open_with_flags("a");
  ASSERT_TRUE(other);
  auto const written = premises.write({{runner(a, "r")}, {runner(b, "s")}}, {a, b});
  EXPECT_FALSE(written.results.at(0));
  EXPECT_TRUE(written.results.at(1));
  EXPECT_FALSE(written.lost);
  ASSERT_THAT(written.lost_sets, SizeIs(1));
  EXPECT_EQ(written.lost_sets[0].first, a);
  auto const again = premises.write({{runner(a, "r")}}, {a});
  EXPECT_FALSE(again.results.at(0));
  EXPECT_THAT(again.lost_sets, IsEmpty()) << "it is told once";
}

TEST_F(SharedPremisesTest, ALockThatWasRemovedIsTakenAgain) {
  auto premises = open().value();
  auto const a = premises.open_set(place("a"))->key;
  fs::remove_all(work);
  auto const written = premises.write({{}}, {a});
  EXPECT_TRUE(written.results.at(0));
  EXPECT_EQ(written.mended, "lock");
  EXPECT_FALSE(open_with_flags("a"));
}

TEST_F(SharedPremisesTest, TwoNamesOfOneScaleSetAreNoticedByItsId) {
  auto premises = open().value();
  auto const a = premises.open_set(place("a"))->key;
  auto const b = premises.open_set(place("b"))->key;
  EXPECT_TRUE(premises.write({{store::NoteScaleSet{a, ScaleSetId{7}, true}}}, {a}).results.at(0));
  auto const second = premises.write({{store::NoteScaleSet{b, ScaleSetId{7}, true}}}, {b});
  EXPECT_FALSE(second.results.at(0));
  ASSERT_THAT(second.lost_sets, SizeIs(1));
  EXPECT_EQ(second.lost_sets[0].first, b);
}

TEST_F(SharedPremisesTest, AScaleSetThatIsOpenedAgainIsWrittenAgain) {
  auto premises = open().value();
  auto const first = premises.open_set(place("a"))->key;
  EXPECT_FALSE(premises.open_set(place("a"))) << "it is open";
  premises.close_set(first);
  auto const again = premises.open_set(place("a"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->key, first);
  EXPECT_TRUE(premises.write({{runner(first, "r")}}, {first}).results.at(0));
}

}  // namespace
}  // namespace scaleset::daemon
