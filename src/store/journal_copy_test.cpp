#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "base/files.hpp"
#include "store/journal.hpp"
#include "store/schema.hpp"
#include "store/testing/linux_set.hpp"

/// A journal that is only looked at.
namespace scaleset::store {
namespace {

using ::testing::HasSubstr;
using testing::linux_set;
using ::testing::SizeIs;

class JournalCopyTest : public ::testing::Test {
 protected:
  void leave_one() const {
    auto journal = Journal::open(path_).value();
    ASSERT_TRUE(journal.put_scale_set(linux_set()));
  }
  /// What is in the folder, byte for byte.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (auto const& entry : std::filesystem::directory_iterator(folder_.path()))
      all[entry.path().filename()] = base::read_file(entry.path()).value_or("unreadable");
    return all;
  }
  void sql(std::string const& script) const {
    auto database = Database::open(path_);
    ASSERT_TRUE(database && database->execute(script));
  }

  base::TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_.path() / "daemon.journal";
};

TEST_F(JournalCopyTest, TheJournalStaysAsItIs) {
  leave_one();
  auto const before = files();
  {
    auto copy = Journal::open_copy(path_);
    ASSERT_TRUE(copy) << copy.error().message;
    EXPECT_THAT(copy->scale_sets().value(), SizeIs(1));
    std::vector<Change> const forget{ForgetScaleSet{copy->scale_sets().value().at(0)}};
    ASSERT_TRUE(copy->apply(forget));
    EXPECT_EQ(files(), before);
    EXPECT_TRUE(Journal::open(path_)) << "it is free for others meanwhile";
    EXPECT_FALSE(std::filesystem::equivalent(copy->path(), path_));
  }
  EXPECT_THAT(Journal::open(path_)->scale_sets().value(), SizeIs(1));
}

TEST_F(JournalCopyTest, OfAnEarlierVersionIsReadAndNotMigrated) {
  leave_one();
  sql("DROP TABLE held; PRAGMA user_version = " + std::to_string(schema_version() - 1) +
      "; PRAGMA wal_checkpoint(TRUNCATE)");
  auto const before = files();
  auto copy = Journal::open_copy(path_);
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(copy->scale_set(copy->scale_sets().value().at(0)).value()->name, "linux");
  EXPECT_EQ(files(), before);
}

TEST_F(JournalCopyTest, HasWhatAKilledProcessWroteLast) {
  auto killed = Journal::open(folder_.path() / "open").value();
  ASSERT_TRUE(killed.put_scale_set(linux_set()));
  // As a crash leaves them: the write-ahead log has not been put into the database yet.
  for (std::string const suffix : {"", "-wal"})
    std::filesystem::copy_file(killed.path().string() + suffix, path_.string() + suffix);
  auto copy = Journal::open_copy(path_);
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_THAT(copy->scale_sets().value(), SizeIs(1));
  EXPECT_FALSE(std::filesystem::exists(path_.string() + ".lock"));
}

TEST_F(JournalCopyTest, IsRefusedWhileTheJournalIsOpen) {
  auto const open = Journal::open(path_);
  ASSERT_TRUE(open);
  EXPECT_EQ(Journal::open_copy(path_).error().code, ErrorCode::conflict);
}

TEST_F(JournalCopyTest, AnOpenJournalCannotBeChangedByOtherPrograms) {
  auto journal = Journal::open(path_).value();
  ASSERT_TRUE(journal.put_scale_set(linux_set()));
  auto other = Database::open(path_);
  ASSERT_TRUE(other);
  auto const done = other->execute("DELETE FROM scale_set");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("another process is using it"));
  EXPECT_THAT(journal.scale_sets().value(), SizeIs(1));
}

TEST_F(JournalCopyTest, OfADamagedOneIsAnErrorThatNamesIt) {
  std::ofstream(path_) << std::string(5000, 'x');
  auto const before = files();
  auto const copy = Journal::open_copy(path_);
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().code, ErrorCode::malformed_response);
  EXPECT_THAT(copy.error().message, HasSubstr(path_.string()));
  EXPECT_EQ(files(), before);
}

TEST_F(JournalCopyTest, OfANewerVersionIsAnErrorThatNamesIt) {
  leave_one();
  sql("PRAGMA user_version = 99");
  auto const copy = Journal::open_copy(path_);
  ASSERT_FALSE(copy);
  EXPECT_THAT(copy.error().message, HasSubstr(path_.string() + " was written by a newer version"));
}

}  // namespace
}  // namespace scaleset::store
