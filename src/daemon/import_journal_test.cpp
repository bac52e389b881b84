#include "daemon/import_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::HasSubstr;

Result<void> apply(store::Journal& journal, store::Change const& change) {
  return journal.apply(std::span(&change, 1));
}

class ImportJournal : public ::testing::Test {
 protected:
  static store::Journal open(std::filesystem::path const& path) {
    auto journal = store::Journal::open(path);
    if (!journal) throw std::runtime_error(journal.error().message);
    return *std::move(journal);
  }
  static base::OwnerKey owner(std::string_view url) {
    return base::OwnerKey::make(url, "default", "set").value();
  }
  /// As an earlier version wrote it: the URL as it was given.
  void write_old(std::string const& url, std::vector<std::string> const& names,
                 std::string const& session = "") const {
    auto before = open(old);
    store::ScaleSetRecord record;
    record.config_url = url;
    record.group = "default";
    record.name = "set";
    record.id = ScaleSetId{5};
    auto const key = before.put_scale_set(record).value();
    for (auto const& name : names) {
      store::RunnerRecord runner;
      runner.name = name;
      runner.id = RunnerId{12};
      runner.state = "busy";
      ASSERT_TRUE(apply(before, store::PutRunner{key, runner}));
    }
    if (session.empty()) return;
    store::SessionRecord open_session;
    open_session.id = session;
    ASSERT_TRUE(apply(before, store::RememberSession{key, open_session}));
  }
  std::vector<std::string> names_of(base::OwnerKey const& key) {
    std::vector<std::string> names;
    auto const row = journal.find_scale_set(key.url, key.group, key.name).value();
    if (!row) return names;
    auto const runners = journal.runners(*row).value();
    for (auto const& runner : runners) names.push_back(runner.name);
    return names;
  }

  std::shared_ptr<testing::RecordingLogSink> sink = std::make_shared<testing::RecordingLogSink>();
  base::Logger log{sink, "daemon"};
  base::TemporaryDirectory folder;
  std::filesystem::path old = folder.path() / "set.journal";
  std::filesystem::path imported = folder.path() / "set.journal.imported";
  store::Journal journal = open(folder.path() / "new.journal");
  base::OwnerKey const ours = owner("https://github.com/my-org");
};

TEST_F(ImportJournal, WithoutAnOldOneThereIsNothingToDo) {
  EXPECT_EQ(import_journal(old, ours, journal, log).value(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(old));
}

TEST_F(ImportJournal, MovesRunnersAndSessionHoweverTheUrlWasWritten) {
  write_old("https://GitHub.com/My-Org/", {"set-1", "set-2"}, "session-1");
  EXPECT_EQ(import_journal(old, ours, journal, log).value(), 2U);
  EXPECT_THAT(names_of(ours), ::testing::ElementsAre("set-1", "set-2"));
  auto const row = journal.find_scale_set(ours.url, ours.group, ours.name).value();
  EXPECT_EQ(journal.scale_set(*row).value()->id, ScaleSetId{5});
  EXPECT_EQ(journal.recorded_session(*row).value()->id, "session-1");
  EXPECT_EQ(journal.runners(*row).value().front().id, RunnerId{12});
  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_TRUE(std::filesystem::exists(imported));
  EXPECT_EQ(import_journal(old, ours, journal, log).value(), std::nullopt) << "once";
}

TEST_F(ImportJournal, WhatIsAnothersStaysWhereItIs) {
  write_old("https://github.com/other-org", {"set-9"});
  write_old("https://github.com/my-org", {"set-1"});
  EXPECT_EQ(import_journal(old, ours, journal, log).value(), 1U);
  EXPECT_THAT(names_of(ours), ::testing::ElementsAre("set-1"));
  EXPECT_TRUE(std::filesystem::exists(old));
  EXPECT_FALSE(std::filesystem::exists(imported));
  auto const others = owner("https://github.com/other-org");
  EXPECT_EQ(import_journal(old, others, journal, log).value(), 1U);
  EXPECT_THAT(names_of(others), ::testing::ElementsAre("set-9"));
  EXPECT_TRUE(std::filesystem::exists(imported));
}

TEST_F(ImportJournal, OneWithNothingOfOursIsLeftAlone) {
  write_old("https://github.com/other-org", {"set-9"});
  EXPECT_EQ(import_journal(old, ours, journal, log).value(), std::nullopt);
  EXPECT_THAT(names_of(ours), ::testing::IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(old));
}

TEST_F(ImportJournal, ACrashInTheMiddleIsMadeGoodByTheNextCall) {
  write_old("https://github.com/my-org", {"set-1"});
  // Copied, but not yet deleted.
  store::ScaleSetRecord record;
  record.config_url = ours.url;
  record.group = ours.group;
  record.name = ours.name;
  auto const row = journal.put_scale_set(record).value();
  store::RunnerRecord copied;
  copied.name = "set-1";
  copied.state = "busy";
  ASSERT_TRUE(apply(journal, store::PutRunner{row, copied}));
  EXPECT_EQ(import_journal(old, ours, journal, log).value(), 1U);
  EXPECT_THAT(names_of(ours), ::testing::ElementsAre("set-1"));
  EXPECT_TRUE(std::filesystem::exists(imported));
}

TEST_F(ImportJournal, OneThatIsInUseIsNotTouched) {
  auto const in_use = open(old);
  auto const refused = import_journal(old, ours, journal, log);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("another process"));
}

TEST_F(ImportJournal, ADamagedOneIsKeptUnderAnotherName) {
  std::ofstream(old) << "this is no journal, but it is longer than a header of SQLite would be "
                        "and not empty, so it cannot be taken for a new one";
  EXPECT_EQ(import_journal(old, ours, journal, log).value(), std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(old.string() + ".damaged-1"));
  EXPECT_THAT(sink->lines(), ::testing::Contains(HasSubstr(old.string() + ".damaged-1")));
}

TEST_F(ImportJournal, OffersAndHeldJobsThatOnlyTheJournalKnowsAreMovedToo) {
  write_old("https://github.com/my-org", {});
  {
    auto before = open(old);
    OpenOffer offer;
    offer.request = RequestId{9};
    auto const key = before.scale_sets().value().at(0);
    ASSERT_TRUE(apply(before, store::KeepOffers{key, {offer}}));
    store::HeldRecord held;
    held.runner = "dead";
    ASSERT_TRUE(apply(before, store::KeepHeld{key, {held}}));
  }
  ASSERT_TRUE(import_journal(old, ours, journal, log));
  auto const row = journal.find_scale_set(ours.url, ours.group, ours.name).value();
  ASSERT_TRUE(row);
  EXPECT_EQ(journal.offers(*row).value().size(), 1U);
  EXPECT_EQ(journal.held(*row).value().size(), 1U);
}

}  // namespace
}  // namespace scaleset::daemon
