#include "daemon/premises.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "daemon/run_config.hpp"
#include "scaleset/testing/recording_hooks.hpp"
#include "store/sqlite.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class PremisesTest : public ::testing::Test {
 protected:
  PremisesTest() {
    config.url = "https://github.com/my-org";
    config.name = "set";
    config.work_dir = folder.path() / "work";
  }

  base::OwnerKey owner() const { return owner_of(settings_of(config)).value(); }
  Result<Premises> open() const {
    return open_premises(config, owner(), base::Logger(log, "daemon"));
  }
  Error refusal() const {
    auto const opened = open();
    return opened ? Error(ErrorCode::invalid_argument, "(it was opened)") : opened.error();
  }
  /// A file of this scale set in the work folder.
  std::filesystem::path file(std::string const& ending) const {
    return config.work_dir / (owner().hash() + ending);
  }
  static void write(std::filesystem::path const& path, std::string const& content) {
    std::ofstream(path) << content;
  }
  static void make_newer(std::filesystem::path const& path) {
    {
      auto const made = store::Journal::open(path).value();
    }
    auto database = store::Database::open(path);
    ASSERT_TRUE(database) << database.error().message;
    ASSERT_TRUE(database->execute("PRAGMA user_version = 99"));
  }

  base::TemporaryDirectory folder;
  RunConfig config;
  std::shared_ptr<testing::RecordingLogSink> log = std::make_shared<testing::RecordingLogSink>();
};

TEST_F(PremisesTest, MakesTheFolderForThisUserOnly) {
  config.work_dir = folder.path() / "a" / "b";
  ASSERT_TRUE(open());
  using std::filesystem::perms;
  for (auto const& made : {config.work_dir, config.work_dir.parent_path()})
    EXPECT_EQ(std::filesystem::status(made).permissions(), perms::owner_all) << made;
  for (char const* const ending : {".lock", ".journal"})
    EXPECT_EQ(std::filesystem::status(file(ending)).permissions(),
              perms::owner_read | perms::owner_write)
        << ending;
  EXPECT_THAT(log->lines(), IsEmpty());
}

TEST_F(PremisesTest, WhatWasWrittenIsThereAtTheNextStart) {
  {
    auto first = open();
    ASSERT_TRUE(first) << first.error().message;
    auto const key = first->open_set(owner()).value().key;
    EXPECT_TRUE(first->write({{store::NoteScaleSet{key, ScaleSetId{7}, true}}}).results.at(0));
  }
  auto second = open();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->open_set(owner()).value().id, ScaleSetId{7});
}

TEST_F(PremisesTest, AScaleSetThatAnotherProcessServesIsRefused) {
  auto const held = open();
  ASSERT_TRUE(held);
  auto const error = refusal();
  EXPECT_EQ(error.code, ErrorCode::conflict);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("another process (" + std::to_string(::getpid()) + ")"),
                    HasSubstr("the scale set \"set\" of https://github.com/my-org")));
}

TEST_F(PremisesTest, TheSameScaleSetInOtherLettersIsRefusedAsWell) {
  auto const held = open();
  ASSERT_TRUE(held);
  config.name = "SET";
  config.url = "https://GitHub.com/My-Org/";
  config.group = "Default";
  EXPECT_EQ(refusal().code, ErrorCode::conflict);
}

TEST_F(PremisesTest, AGroupThatIsWrittenInAnotherWayIsRefusedOnceTheIdIsKnown) {
  auto first = open();
  ASSERT_TRUE(first);
  auto const key = first->open_set(owner()).value().key;
  ASSERT_FALSE(first->write({{store::NoteScaleSet{key, ScaleSetId{7}, true}}}).lost);
  config.group_id = RunnerGroupId{5};
  auto second = open();
  ASSERT_TRUE(second) << "which group has this id only the service knows";
  auto const other_key = second->open_set(owner()).value().key;
  EXPECT_FALSE(second->write({{store::NoteScaleSet{other_key, ScaleSetId{8}, true}}}).lost);
  auto const written = second->write({{store::NoteScaleSet{other_key, ScaleSetId{7}, true}}});
  ASSERT_TRUE(written.lost);
  EXPECT_EQ(written.lost->code, ErrorCode::conflict);
  EXPECT_FALSE(written.results.at(0));
}

TEST_F(PremisesTest, TheDefaultGroupByItsIdIsTheSame) {
  auto const held = open();
  ASSERT_TRUE(held);
  config.group_id = kDefaultRunnerGroup;
  EXPECT_EQ(refusal().code, ErrorCode::conflict);
}

TEST_F(PremisesTest, ScaleSetsShareAWorkFolder) {
  auto const first = open();
  ASSERT_TRUE(first);
  config.name = "other";
  auto const second = open();
  EXPECT_TRUE(second) << second.error().message;
  config.url = "https://github.com/other-org";
  auto const third = open();
  EXPECT_TRUE(third) << third.error().message;
  config.group = "big";
  auto const fourth = open();
  EXPECT_TRUE(fourth) << fourth.error().message;
}

TEST_F(PremisesTest, TheLockEndsWithThePremises) {
  {
    ASSERT_TRUE(open());
  }
  EXPECT_TRUE(open());
}

TEST_F(PremisesTest, LeaveNothingBehindIfTheScaleSetWasNeverReached) {
  {
    auto opened = open();
    ASSERT_TRUE(opened);
    std::filesystem::create_directories(file("") / ".scaleset");  // as the backend does
    write(file("") / ".scaleset/lock", "");
    ASSERT_TRUE(opened->open_set(owner()));
    opened->leave_unused();
  }
  EXPECT_TRUE(std::filesystem::is_empty(config.work_dir));
  EXPECT_TRUE(open()) << "it can be tried again";
}

TEST_F(PremisesTest, LeaveWhatANextStartNeeds) {
  for (bool const with_runner : {false, true}) {
    config.name = with_runner ? "with a runner" : "with an id";
    {
      auto opened = open();
      ASSERT_TRUE(opened);
      auto const key = opened->open_set(owner()).value().key;
      store::RunnerRecord runner;
      runner.name = "r";
      runner.state = "busy";
      store::Change change = store::PutRunner{key, runner};
      if (!with_runner) change = store::NoteScaleSet{key, ScaleSetId{7}, true};
      ASSERT_TRUE(opened->write({{change}}).results.at(0));
      opened->leave_unused();
    }
    EXPECT_TRUE(std::filesystem::exists(file(".journal"))) << config.name;
    auto again = open();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->open_set(owner()).value().runners.size(), with_runner ? 1U : 0U);
  }
}

TEST_F(PremisesTest, ARunnersFolderThatIsStillThereIsLeft) {
  {
    auto opened = open();
    ASSERT_TRUE(opened);
    std::filesystem::create_directories(file("") / ".scaleset");
    write(file("") / ".scaleset/r.instance", "of a runner that no journal knows");
    opened->leave_unused();
  }
  EXPECT_TRUE(std::filesystem::exists(file("") / ".scaleset/r.instance"));
}

TEST_F(PremisesTest, ADamagedJournalIsKeptAndANewOneBegun) {
  std::filesystem::create_directory(config.work_dir);
  write(file(".journal"), std::string(5000, 'x'));
  auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(opened->open_set(owner())) << "the new one works";
  EXPECT_THAT(log->lines(),
              ElementsAre(AllOf(StartsWith("error daemon: a journal was damaged"),
                                HasSubstr("their jobs go on"),
                                HasSubstr("kept=" + file(".journal.damaged-1").string()))));
}

TEST_F(PremisesTest, AJournalOfANewerVersionIsRefused) {
  std::filesystem::create_directory(config.work_dir);
  make_newer(file(".journal"));
  auto const error = refusal();
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_THAT(error.message, AllOf(HasSubstr("newer version of scaleset"),
                                   HasSubstr("run that version or a newer one"),
                                   HasSubstr("jobs that are running go on, and their runners are "
                                             "taken over once this is mended")));
  EXPECT_EQ(refusal().code, ErrorCode::io) << "the lock is free again, and the file as it was";
}

TEST_F(PremisesTest, AnOldJournalOfANewerVersionIsRefusedTheSameWay) {
  std::filesystem::create_directory(config.work_dir);
  make_newer(config.work_dir / "set.journal");
  EXPECT_THAT(refusal().message,
              AllOf(HasSubstr("set.journal"), HasSubstr("jobs that are running go on")));
}

TEST_F(PremisesTest, TheJournalOfAnEarlierVersionIsTakenOver) {
  std::filesystem::create_directory(config.work_dir);
  config.name = "my set";
  {
    auto old = store::Journal::open(config.work_dir / "my%20set.journal").value();
    store::ScaleSetRecord record;
    record.config_url = config.url;
    record.group = "default";
    record.name = "my set";
    record.id = ScaleSetId{5};
    ASSERT_TRUE(old.put_scale_set(record));
  }
  auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->open_set(owner()).value().id, ScaleSetId{5});
  EXPECT_TRUE(std::filesystem::exists(config.work_dir / "my%20set.journal.imported"));
}

TEST_F(PremisesTest, AWorkFolderThatIsAFileIsRefused) {
  write(config.work_dir, "");
  auto const error = refusal();
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_THAT(error.message, AllOf(HasSubstr(config.work_dir.string()),
                                   HasSubstr("Not a directory"), HasSubstr("--work-dir")));
}

TEST_F(PremisesTest, AWorkFolderBelowAFileIsRefused) {
  write(config.work_dir, "");
  config.work_dir /= "below";
  auto const error = refusal();
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_THAT(error.message, AllOf(HasSubstr("Not a directory"), HasSubstr("--work-dir")));
}

TEST_F(PremisesTest, ALockThatCannotBeMadeIsRefused) {
  // A folder of that name, since root may write into every folder.
  std::filesystem::create_directories(file(".lock"));
  EXPECT_EQ(refusal().code, ErrorCode::io);
  EXPECT_THAT(refusal().message,
              HasSubstr("correct that: with another --work-dir, the runners in this one would not "
                        "be found"));
}

}  // namespace
}  // namespace scaleset::daemon
