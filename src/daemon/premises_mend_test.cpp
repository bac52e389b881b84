#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "daemon/premises.hpp"
#include "daemon/run_config.hpp"

/// What becomes of premises whose files somebody removes while the program runs.
namespace scaleset::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

namespace fs = std::filesystem;

PremisesLook without(bool PremisesLook::* part) {
  PremisesLook look;
  look.*part = false;
  return look;
}

TEST(StepsToMend, NothingIsDoneWhileEverythingIsThere) {
  EXPECT_THAT(steps_to_mend(PremisesLook()), IsEmpty());
}

TEST(StepsToMend, AnotherLockMeansThatTheJournalCannotBeTrusted) {
  EXPECT_THAT(steps_to_mend(without(&PremisesLook::lock)),
              ElementsAre(PremisesStep::take_lock, PremisesStep::open_journal));
}

TEST(StepsToMend, AnotherJournalIsOpenedWithoutGivingUpTheLock) {
  EXPECT_THAT(steps_to_mend(without(&PremisesLook::journal)),
              ElementsAre(PremisesStep::open_journal));
}

TEST(StepsToMend, EverythingIsDoneInAnOrderThatCanWork) {
  PremisesLook nothing;
  nothing.folder = nothing.lock = nothing.journal = false;
  EXPECT_THAT(
      steps_to_mend(nothing),
      ElementsAre(PremisesStep::make_folder, PremisesStep::take_lock, PremisesStep::open_journal));
}

class MendTest : public ::testing::Test {
 protected:
  MendTest() {
    config.url = "https://github.com/my-org";
    config.name = "set";
    config.work_dir = folder.path() / "work";
    premises.emplace(open().value());
    key = premises->open_set(owner()).value().key;
    store::SessionRecord session;
    session.id = "session";
    EXPECT_EQ(write({store::NoteScaleSet{key, ScaleSetId{7}, true},
                     store::RememberSession{key, session}, runner("a")}),
              "");
  }

  base::OwnerKey owner() const { return owner_of(settings_of(config)).value(); }
  Result<Premises> open() const { return open_premises(config, owner(), base::Logger()); }
  fs::path file(std::string const& ending) const {
    return config.work_dir / (owner().hash() + ending);
  }
  /// The locks that have neither the hash of the owner key nor that of the journal.
  std::vector<fs::path> id_locks() const {
    std::vector<fs::path> found;
    for (auto const& entry : fs::directory_iterator(config.work_dir)) {
      bool const other = entry.path() == file(".lock") || entry.path() == file(".journal.lock");
      if (entry.path().extension() == ".lock" && !other) found.push_back(entry.path());
    }
    return found;
  }
  store::Change runner(std::string name) const {
    store::RunnerRecord record;
    record.name = std::move(name);
    record.state = "idle";
    return store::PutRunner{key, std::move(record)};
  }
  /// What was made again; "error: ..." if nothing can be written.
  std::string write(std::vector<store::Change> changes) {
    last = premises->write({std::move(changes)});
    return last.results.at(0) ? last.mended : "error: " + last.results.at(0).error().message;
  }
  /// What the next start would find.
  std::string after_restart() {
    premises.reset();
    auto again = open();
    if (!again) return again.error().message;
    auto const found = again->open_set(owner());
    if (!found) return found.error().message;
    std::string text = std::to_string(found->id.value) + (found->ours ? " ours" : "");
    if (found->session) text += " " + found->session->id;
    for (auto const& each : found->runners) text += " " + each.name;
    return text;
  }

  base::TemporaryDirectory folder;
  RunConfig config;
  std::optional<Premises> premises;
  store::ScaleSetKey key;
  Premises::Written last;
};

TEST_F(MendTest, NothingIsMendedThatIsThere) {
  EXPECT_EQ(write({runner("b")}), "");
  EXPECT_EQ(write({}), "");
  EXPECT_EQ(after_restart(), "7 ours session a b");
}

TEST_F(MendTest, ARemovedJournalIsWrittenAnewFromMemory) {
  for (char const* const ending : {".journal", ".journal-wal", ".journal-shm"})
    fs::remove(file(ending));
  EXPECT_EQ(write({runner("b")}), "journal");
  EXPECT_EQ(write({}), "") << "once is enough";
  EXPECT_EQ(after_restart(), "7 ours session a b");
}

TEST_F(MendTest, ARemovedWriteAheadLogIsNotTrusted) {
  fs::remove(file(".journal-wal"));
  EXPECT_EQ(write({}), "journal") << "a look alone finds it";
  EXPECT_EQ(after_restart(), "7 ours session a");
}

TEST_F(MendTest, AnOlderCopyThatSomebodyPutBackIsOverwritten) {
  auto const copy = folder.path() / "copy";
  {
    auto old = store::Journal::open(copy).value();
    auto const other = read_set(old, owner())->key;
    store::RunnerRecord record;
    record.name = "long-gone";
    record.state = "busy";
    store::Change const put = store::PutRunner{other, record};
    ASSERT_TRUE(old.apply(std::span(&put, 1)));
  }
  fs::remove(file(".journal-wal"));
  fs::rename(copy, file(".journal"));
  EXPECT_EQ(write({}), "journal");
  EXPECT_EQ(after_restart(), "7 ours session a");
}

TEST_F(MendTest, RubbishInThePlaceOfTheJournalIsKept) {
  fs::remove(file(".journal-wal"));
  fs::remove(file(".journal"));
  std::ofstream(file(".journal")) << std::string(5000, 'x');
  EXPECT_EQ(write({}), "journal");
  EXPECT_EQ(last.kept, file(".journal.damaged-1").string());
  EXPECT_TRUE(fs::exists(file(".journal.damaged-1")));
  EXPECT_EQ(after_restart(), "7 ours session a");
}

TEST_F(MendTest, AJournalThatIsDamagedInPlaceIsWrittenAnew) {
  // More than SQLite keeps in memory, so that it has to read the file again.
  std::vector<store::Change> many;
  for (int i = 0; i < 400; ++i) {
    store::RunnerRecord record;
    record.name = "many-" + std::to_string(i);
    record.state = "idle";
    record.reference = std::string(10'000, 'j');
    many.emplace_back(store::PutRunner{key, std::move(record)});
  }
  EXPECT_EQ(write(std::move(many)), "");
  // Into the same file, so that only SQLite can notice.
  for (char const* const ending : {".journal-wal", ".journal"}) {
    std::fstream damaged(file(ending), std::ios::in | std::ios::out | std::ios::binary);
    damaged << std::string(fs::file_size(file(ending)), 'x');
  }
  EXPECT_THAT(write({runner("b")}), HasSubstr("error: ")) << "it is not durable";
  EXPECT_EQ(write({runner("b")}), "journal");
  EXPECT_THAT(after_restart(), StartsWith("7 ours session a b many-0 many-1 "));
}

TEST_F(MendTest, ARemovedLockIsTakenAgain) {
  fs::remove(file(".lock"));
  EXPECT_EQ(write({}), "lock");
  auto const second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(after_restart(), "7 ours session a");
}

TEST_F(MendTest, TheLockOfTheScaleSetsIdIsTakenAgainToo) {
  for (bool const whole_folder : {false, true}) {
    for (fs::path const& lock : id_locks()) fs::remove(lock);
    if (whole_folder) fs::remove_all(config.work_dir);
    EXPECT_THAT(write({}), HasSubstr("lock"));
    ASSERT_EQ(id_locks().size(), 1U);
    EXPECT_FALSE(base::FileLock::acquire(id_locks().front(), "the scale set"));
  }
}

TEST_F(MendTest, AScaleSetWhoseIdAnotherProcessHasLockedIsLost) {
  fs::path const lock = id_locks().at(0);
  fs::remove(lock);
  auto const other = base::FileLock::acquire(lock, "the scale set");
  ASSERT_TRUE(other);
  EXPECT_THAT(write({runner("b")}), HasSubstr("error: another process"));
  EXPECT_TRUE(last.lost);
}

TEST_F(MendTest, ARemovedFolderIsMadeAgainWithEverythingInIt) {
  fs::remove_all(config.work_dir);
  EXPECT_EQ(write({runner("b")}), "folder, lock, journal");
  EXPECT_EQ(fs::status(config.work_dir).permissions(), fs::perms::owner_all);
  EXPECT_EQ(after_restart(), "7 ours session a b");
}

TEST_F(MendTest, AFolderThatIsMovedAwayLosesNothing) {
  fs::rename(config.work_dir, folder.path() / "elsewhere");
  EXPECT_EQ(write({runner("b")}), "folder, lock, journal");
  EXPECT_EQ(after_restart(), "7 ours session a b");
}

TEST_F(MendTest, NobodyGetsInBeforeRemovedLocksAreMended) {
  for (auto const& lock : {file(".lock"), file(".journal.lock")}) fs::remove(lock);
  for (auto const& lock : id_locks()) fs::remove(lock);
  auto const other = open();
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
  EXPECT_THAT(other.error().message, HasSubstr("the folder " + file("").string()));
  EXPECT_EQ(write({runner("b")}), "lock, journal");
  EXPECT_EQ(after_restart(), "7 ours session a b");
}

TEST_F(MendTest, ARemovedFolderOfRunnersIsMadeAndLockedAgain) {
  fs::remove_all(file(""));
  EXPECT_EQ(write({runner("b")}), "lock");
  EXPECT_TRUE(fs::is_directory(file("")));
  EXPECT_EQ(write({runner("c")}), "") << "it is locked";
}

TEST_F(MendTest, NothingIsWrittenUntilItCanBeMended) {
  fs::remove_all(config.work_dir);
  std::ofstream(config.work_dir) << "a file in the way";
  EXPECT_THAT(write({runner("b")}), HasSubstr("error: cannot create"));
  EXPECT_THAT(write({runner("b")}), HasSubstr("error: cannot create"));
  EXPECT_FALSE(last.lost) << "that is nobody else";
  fs::remove(config.work_dir);
  EXPECT_EQ(write({runner("b")}), "folder, lock, journal") << "said once, when it is done";
  EXPECT_EQ(after_restart(), "7 ours session a b");
}

TEST_F(MendTest, WhatAnotherProcessHasTakenIsLost) {
  fs::remove_all(config.work_dir);
  auto other = open();
  ASSERT_TRUE(other);
  auto const others_key = other->open_set(owner()).value().key;
  EXPECT_THAT(write({runner("b")}), HasSubstr("error: another process"));
  ASSERT_TRUE(last.lost);
  EXPECT_EQ(last.lost->code, ErrorCode::conflict);
  EXPECT_THAT(last.lost->message, HasSubstr("the scale set \"set\" of https://github.com/my-org"));
  // Also when the other one has ended: it may have changed everything.
  auto const written = other->write({{store::NoteScaleSet{others_key, ScaleSetId{8}, true}}});
  EXPECT_TRUE(written.results.at(0));
  other = fail(ErrorCode::io, "it has ended");
  EXPECT_THAT(write({runner("b")}), HasSubstr("error: another process"));
  EXPECT_EQ(after_restart(), "8 ours") << "the other's journal is as the other left it";
}

TEST_F(MendTest, AJournalThatAnotherProcessHasOpenIsLostAsWell) {
  fs::remove(file(".journal.lock"));
  auto const other = base::FileLock::acquire(file(".journal.lock"), "the journal");
  ASSERT_TRUE(other);
  EXPECT_THAT(write({}), HasSubstr("error: another process"));
  EXPECT_TRUE(last.lost);
}

TEST_F(MendTest, EachIsTriedAloneOnlyAfterAFailure) {
  auto bad = runner("c");
  std::get<store::PutRunner>(bad).key = store::ScaleSetKey{99};
  auto const written = premises->write({{runner("b")}, {runner("d"), bad}, {}});
  ASSERT_EQ(written.results.size(), 3U);
  EXPECT_TRUE(written.results[0]);
  EXPECT_FALSE(written.results[1]);
  EXPECT_TRUE(written.results[2]);
  // The memory has what the journal has: of the second nothing.
  fs::remove(file(".journal"));
  EXPECT_EQ(write({}), "journal");
  EXPECT_EQ(after_restart(), "7 ours session a b");
}

TEST(Premises, AJournalWithoutALockNeedsNone) {
  base::TemporaryDirectory const folder;
  Premises premises(store::Journal::open(folder.path() / "journal").value());
  auto const owner = base::OwnerKey::make("https://github.com/o", "default", "set").value();
  auto const key = premises.open_set(owner).value().key;
  fs::remove(folder.path() / "journal");
  auto const written = premises.write({{store::NoteScaleSet{key, ScaleSetId{3}, false}}});
  EXPECT_TRUE(written.results.at(0));
  EXPECT_EQ(written.mended, "journal");
  EXPECT_EQ(premises.open_set(owner)->id, ScaleSetId{3});
}

}  // namespace
}  // namespace scaleset::daemon
