#include "store/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/files.hpp"
#include "store/schema.hpp"
#include "store/testing/linux_set.hpp"

namespace scaleset::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::linux_set;
using ::testing::SizeIs;

RunnerRecord runner_named(std::string name) {
  RunnerRecord runner;
  runner.name = std::move(name);
  runner.state = "planned";
  runner.created_at = Timestamp(std::chrono::milliseconds(1'700'000'000'123));
  runner.changed_at = runner.created_at;
  return runner;
}

SessionRecord session_of(std::string id) {
  SessionRecord session;
  session.id = std::move(id);
  session.owner = "host-1";
  return session;
}

Result<void> apply(Journal& journal, Change change) { return journal.apply(std::span(&change, 1)); }

Result<void> put_runner(Journal& journal, ScaleSetKey key, RunnerRecord runner) {
  return apply(journal, PutRunner{key, std::move(runner)});
}

class JournalTest : public ::testing::Test {
 protected:
  Journal open() {
    auto journal = Journal::open(path_);
    if (!journal) throw std::runtime_error(journal.error().message);
    return *std::move(journal);
  }
  std::string refusal(std::filesystem::path const& path) {
    auto journal = Journal::open(path);
    if (journal) return "it opened";
    EXPECT_EQ(journal.error().code, ErrorCode::io);
    EXPECT_THAT(journal.error().message, HasSubstr(path.parent_path().string()));
    return journal.error().message;
  }
  void sql(std::string const& script) {
    auto database = Database::open(path_);
    ASSERT_TRUE(database);
    auto done = database->execute(script);
    ASSERT_TRUE(done) << done.error().message;
  }
  void write(std::string_view content) const { std::ofstream(path_) << content; }
  static mode_t mode_of(std::filesystem::path const& path) {
    struct stat info{};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777U;
  }

  base::TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_.path() / "journal.db";
};

TEST_F(JournalTest, FindsAndListsItsScaleSets) {
  auto journal = open();
  EXPECT_THAT(journal.scale_sets().value(), IsEmpty());
  EXPECT_EQ(journal.find_scale_set("https://github.com/octo-org", "default", "linux").value(),
            std::nullopt);
  auto const first = journal.put_scale_set(linux_set()).value();
  auto gpu = linux_set();
  gpu.group = "gpu";
  auto const second = journal.put_scale_set(gpu).value();
  EXPECT_THAT(journal.scale_sets().value(), ::testing::ElementsAre(first, second));
  EXPECT_EQ(journal.find_scale_set("https://github.com/octo-org", "gpu", "linux").value(), second);
  EXPECT_EQ(journal.find_scale_set("https://github.com/octo-org", "gpu", "Linux").value(),
            std::nullopt);
}

TEST_F(JournalTest, RemembersAScaleSetByUrlGroupAndName) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set());
  ASSERT_TRUE(key);
  auto made_anew = linux_set();
  made_anew.id = ScaleSetId{9};
  EXPECT_EQ(journal.put_scale_set(made_anew), *key);
  auto other = linux_set();
  other.group = "gpu";
  EXPECT_NE(journal.put_scale_set(other).value(), *key);
  auto const found = journal.scale_set(*key).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->config_url, "https://github.com/octo-org");
  EXPECT_EQ(found->group, "default");
  EXPECT_EQ(found->name, "linux");
  EXPECT_EQ(found->id, ScaleSetId{9});
  EXPECT_FALSE(journal.scale_set(ScaleSetKey{77}).value());
}

TEST_F(JournalTest, RemembersOneSessionPerScaleSet) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  EXPECT_FALSE(journal.recorded_session(key).value());
  ASSERT_TRUE(apply(journal, RememberSession{key, session_of("first")}));
  ASSERT_TRUE(apply(journal, RememberSession{key, session_of("second")}));
  auto const session = journal.recorded_session(key).value();
  ASSERT_TRUE(session);
  EXPECT_EQ(session->id, "second");
  EXPECT_EQ(session->owner, "host-1");
  ASSERT_TRUE(apply(journal, ForgetSession{key}));
  EXPECT_FALSE(journal.recorded_session(key).value());
  EXPECT_TRUE(apply(journal, ForgetSession{key})) << "it is no error if there is none";
}

TEST_F(JournalTest, RemembersRunners) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  ASSERT_TRUE(put_runner(journal, key, runner_named("b")));
  ASSERT_TRUE(put_runner(journal, key, runner_named("a")));
  auto changed = runner_named("b");
  changed.id = RunnerId{42};
  changed.reference = "pid 7";
  changed.scale_set = ScaleSetId{5};
  changed.state = "starting";
  changed.created_at += std::chrono::seconds(5);
  changed.changed_at += std::chrono::seconds(5);
  ASSERT_TRUE(put_runner(journal, key, changed));
  auto const runners = journal.runners(key).value();
  ASSERT_THAT(runners, SizeIs(2));
  EXPECT_EQ(runners[0].name, "a");
  EXPECT_FALSE(runners[0].id);
  EXPECT_EQ(runners[1].id, RunnerId{42});
  EXPECT_EQ(runners[1].reference, "pid 7");
  EXPECT_EQ(runners[1].scale_set, ScaleSetId{5});
  EXPECT_EQ(runners[1].state, "starting");
  EXPECT_EQ(runners[1].created_at, runner_named("b").created_at) << "PutRunner does not change it";
  EXPECT_EQ(runners[1].changed_at, changed.changed_at);
  ASSERT_TRUE(apply(journal, ForgetRunner{key, "a"}));
  EXPECT_TRUE(apply(journal, ForgetRunner{key, "a"})) << "it is no error if there is none";
  EXPECT_THAT(journal.runners(key).value(), SizeIs(1));
}

TEST_F(JournalTest, KeepsTheRunnersOfScaleSetsApart) {
  auto journal = open();
  auto const first = journal.put_scale_set(linux_set()).value();
  auto other = linux_set();
  other.name = "windows";
  auto const second = journal.put_scale_set(other).value();
  ASSERT_TRUE(put_runner(journal, first, runner_named("same")));
  ASSERT_TRUE(put_runner(journal, second, runner_named("same")));
  ASSERT_TRUE(apply(journal, RememberSession{first, session_of("s")}));
  ASSERT_TRUE(apply(journal, ForgetScaleSet{first}));
  EXPECT_THAT(journal.runners(first).value(), IsEmpty());
  EXPECT_FALSE(journal.recorded_session(first).value());
  EXPECT_THAT(journal.runners(second).value(), SizeIs(1));
}

TEST_F(JournalTest, MakesAllChangesOrNone) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  ASSERT_TRUE(put_runner(journal, key, runner_named("old")));
  std::vector<Change> changes{PutRunner{key, runner_named("a")}, ForgetRunner{key, "old"},
                              RememberSession{key, session_of("s")},
                              NoteScaleSet{key, ScaleSetId{9}, true},
                              PutRunner{ScaleSetKey{77}, runner_named("b")}};
  EXPECT_FALSE(journal.apply(changes)) << "there is no such scale set";
  EXPECT_EQ(journal.runners(key).value().at(0).name, "old");
  EXPECT_FALSE(journal.recorded_session(key).value());
  EXPECT_EQ(journal.scale_set(key).value()->id, linux_set().id);

  changes.pop_back();
  ASSERT_TRUE(journal.apply(changes));
  EXPECT_THAT(journal.runners(key).value(), SizeIs(1));
  EXPECT_EQ(journal.runners(key).value().at(0).name, "a");
  EXPECT_EQ(journal.recorded_session(key).value()->id, "s");
  EXPECT_EQ(journal.scale_set(key).value()->id, ScaleSetId{9});
  EXPECT_TRUE(journal.scale_set(key).value()->ours);
  EXPECT_TRUE(journal.apply({})) << "no change is no error";
}

TEST_F(JournalTest, TextsComeBackAsTheyWere) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  std::string const odd("quote ' zero \0 umlaut \xc3\xbc \"; DROP TABLE runner", 44);
  ASSERT_TRUE(put_runner(journal, key, runner_named(odd)));
  EXPECT_EQ(journal.runners(key).value().at(0).name, odd);
}

TEST_F(JournalTest, ForgetsNothingWhenItIsOpenedAgain) {
  ScaleSetKey key;
  {
    auto journal = open();
    key = journal.put_scale_set(linux_set()).value();
    ASSERT_TRUE(put_runner(journal, key, runner_named("a")));
    ASSERT_TRUE(apply(journal, RememberSession{key, session_of("s")}));
  }
  auto journal = open();
  EXPECT_EQ(journal.put_scale_set(linux_set()), key);
  EXPECT_THAT(journal.runners(key).value(), SizeIs(1));
  EXPECT_EQ(journal.recorded_session(key).value()->id, "s");
}

TEST_F(JournalTest, ACrashLosesNothingThatWasReported) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(put_runner(journal, key, runner_named(std::to_string(i))));
  }
  auto const after = folder_.path() / "after";
  std::filesystem::create_directory(after);
  for (std::string const suffix : {"", "-wal"}) {
    std::filesystem::copy_file(path_.string() + suffix, (after / "journal.db").string() + suffix);
  }
  auto survivor = Journal::open(after / "journal.db");
  ASSERT_TRUE(survivor) << survivor.error().message;
  EXPECT_THAT(survivor->runners(key).value(), SizeIs(50));
}

TEST_F(JournalTest, ACrashDuringAWriteLosesOnlyThatWrite) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(put_runner(journal, key, runner_named(std::to_string(i))));
  }
  auto const after = folder_.path() / "after.db";
  std::filesystem::copy_file(path_, after);
  std::filesystem::copy_file(path_.string() + "-wal", after.string() + "-wal");
  auto const size = std::filesystem::file_size(after.string() + "-wal");
  std::filesystem::resize_file(after.string() + "-wal", size - 100);
  auto survivor = Journal::open(after);
  ASSERT_TRUE(survivor) << survivor.error().message;
  EXPECT_THAT(survivor->runners(key).value(), SizeIs(4));
}

TEST_F(JournalTest, OnlyItsUserMayReadIt) {
  auto const nested = folder_.path() / "a" / "b" / "journal.db";
  auto journal = Journal::open(nested);
  ASSERT_TRUE(journal) << journal.error().message;
  ASSERT_TRUE(journal->put_scale_set(linux_set()));
  EXPECT_EQ(mode_of(nested.parent_path()), 0700U);
  EXPECT_EQ(mode_of(nested.parent_path().parent_path()), 0700U);
  for (std::string const suffix : {"", "-wal", ".lock"}) {
    EXPECT_EQ(mode_of(nested.string() + suffix), 0600U) << suffix;
  }
}

TEST_F(JournalTest, NarrowsTheModeOfAFileThatWasTooOpen) {
  write("");
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  open();
  EXPECT_EQ(mode_of(path_), 0600U);
}

TEST_F(JournalTest, OneProcessAtATimeMayOpenIt) {
  {
    auto journal = open();
    auto const second = Journal::open(path_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_THAT(second.error().message, HasSubstr("uses the journal " + path_.string()));
  }
  open();
}

TEST_F(JournalTest, StartsFromAnEmptyFile) {
  write("");
  auto journal = open();
  EXPECT_TRUE(journal.put_scale_set(linux_set()));
}

TEST_F(JournalTest, MigratesFromVersionZeroOnce) {
  sql("PRAGMA user_version = 0");
  open();
  auto database = Database::open(path_);
  ASSERT_TRUE(database);
  EXPECT_EQ(database->value("PRAGMA user_version").value(), std::to_string(schema_version()));
  EXPECT_EQ(database->value("SELECT count(*) FROM runner").value(), "0");
}

TEST_F(JournalTest, AScaleSetOfVersionOneIsOursIfItHadRunners) {
  {
    auto journal = open();
    auto seen = linux_set();
    seen.name = "seen";
    ASSERT_TRUE(journal.put_scale_set(seen));
    auto const key = journal.put_scale_set(linux_set()).value();
    ASSERT_TRUE(put_runner(journal, key, runner_named("a")));
  }
  std::string const drop = "ALTER TABLE runner DROP COLUMN ";
  sql(drop + "job_id;" + drop + "job_name;" + drop + "job_owner;" + drop + "job_repository;");
  sql(drop +
      "scale_set_id; DROP TABLE offer; DROP TABLE held; ALTER TABLE scale_set DROP COLUMN notes");
  sql("ALTER TABLE scale_set DROP COLUMN suspension; ALTER TABLE scale_set DROP COLUMN ours");
  sql("PRAGMA user_version = 1");
  auto journal = open();
  auto const ours = journal.find_scale_set("https://github.com/octo-org", "default", "linux");
  EXPECT_TRUE(journal.scale_set(**ours).value()->ours);
  EXPECT_EQ(journal.runners(**ours).value().at(0).scale_set, linux_set().id);
  auto const seen = journal.find_scale_set("https://github.com/octo-org", "default", "seen");
  EXPECT_FALSE(journal.scale_set(**seen).value()->ours);
}

TEST_F(JournalTest, WritesAheadAndSyncsFully) {
  open();
  auto database = Database::open(path_);
  ASSERT_TRUE(database);
  EXPECT_EQ(database->value("PRAGMA journal_mode").value(), "wal");
  ASSERT_TRUE(prepare_schema(*database));
  EXPECT_EQ(database->value("PRAGMA synchronous").value(), "2") << "FULL";
}

TEST_F(JournalTest, RefusesWhatANewerVersionWrote) {
  open();
  sql("PRAGMA user_version = 99");
  EXPECT_THAT(refusal(path_), AllOf(HasSubstr("newer version of scaleset (schema 99"),
                                    HasSubstr("run that version")));
}

TEST_F(JournalTest, RefusesAnotherProgramsDatabase) {
  sql("CREATE TABLE customer (name TEXT)");
  EXPECT_THAT(refusal(path_), HasSubstr("database of another program"));
}

TEST_F(JournalTest, SetsAFileAsideThatIsNoDatabase) {
  std::string const garbage(5000, 'x');
  write(garbage);
  auto journal = open();
  ASSERT_TRUE(journal.set_aside());
  EXPECT_EQ(journal.set_aside()->path, path_.string() + ".damaged-1");
  EXPECT_THAT(journal.set_aside()->why, HasSubstr("not a database"));
  EXPECT_EQ(base::read_file(journal.set_aside()->path), garbage);
  EXPECT_THAT(journal.scale_sets().value(), IsEmpty());
}

TEST_F(JournalTest, KeepsEveryDamagedFile) {
  for (int number = 1; number <= 3; ++number) {
    write(std::string(5000, 'x'));
    auto journal = open();
    ASSERT_TRUE(journal.set_aside());
    EXPECT_EQ(journal.set_aside()->path, path_.string() + ".damaged-" + std::to_string(number));
  }
  EXPECT_FALSE(open().set_aside()) << "the last one is sound";
}

TEST_F(JournalTest, SetsADamagedDatabaseAside) {
  {
    auto journal = open();
    auto const key = journal.put_scale_set(linux_set()).value();
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(put_runner(journal, key, runner_named("runner-" + std::to_string(i))));
    }
  }
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(8192, '\xff');
  }
  auto journal = open();
  ASSERT_TRUE(journal.set_aside());
  EXPECT_THAT(journal.set_aside()->why, HasSubstr(path_.string()));
  EXPECT_GT(std::filesystem::file_size(journal.set_aside()->path), 8192U);
  EXPECT_TRUE(journal.put_scale_set(linux_set())) << "the new one works";
}

TEST_F(JournalTest, SaysWhatIsWrongWithAFolderThatIsAFile) {
  write("");
  EXPECT_THAT(refusal(path_ / "below" / "journal.db"), HasSubstr("Not a directory"));
}

TEST_F(JournalTest, SaysWhatIsWrongWithAFolderThatCannotBeWritten) {
  auto const closed = folder_.path() / "closed";
  std::filesystem::create_directory(closed);
  std::filesystem::permissions(closed, std::filesystem::perms(0500));
  constexpr uid_t nobody = 65534;
  bool const root = ::geteuid() == 0;  // root may write everywhere
  if (root) {
    ASSERT_EQ(::seteuid(nobody), 0);
  }
  auto const text = refusal(closed / "journal.db");
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_THAT(text, HasSubstr("Permission denied"));
}

TEST_F(JournalTest, KnowsWhetherItsFilesAreStillThere) {
  auto const moved = path_.string() + "-moved";
  for (std::string const suffix : {"", "-wal", ".lock"}) {
    SCOPED_TRACE(suffix);
    auto journal = open();
    EXPECT_TRUE(journal.in_place());
    ASSERT_TRUE(journal.put_scale_set(linux_set()));
    EXPECT_TRUE(journal.in_place()) << "writing changes nothing about that";
    std::filesystem::rename(path_.string() + suffix, moved);
    EXPECT_FALSE(journal.in_place()) << "it is gone";
    std::ofstream(path_.string() + suffix) << "another";
    EXPECT_FALSE(journal.in_place()) << "it is another file";
    std::filesystem::rename(moved, path_.string() + suffix);
    EXPECT_TRUE(journal.in_place());
  }
}

TEST_F(JournalTest, ANoteReachesTheDiskAlsoIfItChangesNothing) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  NoteScaleSet const note{key, ScaleSetId{5}, true};
  ASSERT_TRUE(apply(journal, note));
  auto const log = path_.string() + "-wal";
  auto const before = std::filesystem::file_size(log);
  ASSERT_TRUE(apply(journal, note));
  EXPECT_GT(std::filesystem::file_size(log), before) << "or a full disk would seem to work";
}

TEST_F(JournalTest, ADiskThatIsFullIsAnErrorUntilThereIsRoom) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  rlimit all{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &all), 0);
  auto const size = std::filesystem::file_size(path_.string() + "-wal");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit const full{size, all.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  auto const note = apply(journal, NoteScaleSet{key, ScaleSetId{9}, true});
  auto const runner = put_runner(journal, key, runner_named("a"));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &all), 0);
  std::signal(SIGXFSZ, SIG_DFL);
  ASSERT_FALSE(note);
  EXPECT_EQ(note.error().code, ErrorCode::io);
  EXPECT_FALSE(runner);
  EXPECT_TRUE(journal.in_place()) << "that is no reason to distrust the file";
  ASSERT_TRUE(put_runner(journal, key, runner_named("b")));
  auto const found = journal.runners(key).value();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].name, "b");
}

TEST_F(JournalTest, ACheckpointChangesNothingAboutItsFiles) {
  auto journal = open();
  auto const key = journal.put_scale_set(linux_set()).value();
  // More than the thousand pages after which SQLite copies the write-ahead log into the database.
  for (int i = 0; i < 300; ++i) {
    auto runner = runner_named("runner-" + std::to_string(i));
    runner.reference = std::string(8000, 'x');
    ASSERT_TRUE(put_runner(journal, key, std::move(runner)));
  }
  EXPECT_GT(std::filesystem::file_size(path_), 1'000'000U);
  EXPECT_TRUE(journal.in_place());
}

TEST_F(JournalTest, ClosingOneThatWasRemovedLeavesItsSuccessorAlone) {
  {
    auto first = open();
    ASSERT_TRUE(first.put_scale_set(linux_set()));
    for (std::string const suffix : {"", "-wal", "-shm", ".lock"})
      std::filesystem::remove(path_.string() + suffix);
    auto second = open();
    ASSERT_TRUE(second.put_scale_set(linux_set()));
    {
      auto const closed = std::move(first);
    }
    EXPECT_TRUE(second.in_place()) << "its write-ahead log is still there";
  }
  auto again = open();
  EXPECT_EQ(again.scale_sets().value().size(), 1U);
}

TEST_F(JournalTest, AFailureOfTheDatabaseIsAnError) {
  auto const key = open().put_scale_set(linux_set()).value();
  sql("DROP TABLE runner");
  auto journal = open();
  auto const put = put_runner(journal, key, runner_named("a"));
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().message, AllOf(HasSubstr(path_.string()), HasSubstr("no such table")));
  EXPECT_FALSE(journal.runners(key));
  EXPECT_TRUE(apply(journal, RememberSession{key, session_of("s")}))
      << "the transaction was undone";
}

}  // namespace
}  // namespace scaleset::store
