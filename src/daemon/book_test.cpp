#include "daemon/book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::IsEmpty;

class ReadSet : public ::testing::Test {
 protected:
  static base::OwnerKey owner(std::string_view name, std::string_view group = "default",
                              std::string_view url = "https://github.com/o") {
    return base::OwnerKey::make(url, group, name).value();
  }
  void write(std::vector<store::Change> const& changes) {
    auto const written = journal.apply(changes);
    ASSERT_TRUE(written) << written.error().message;
  }
  static store::Change runner(store::ScaleSetKey key, std::string name) {
    store::RunnerRecord record;
    record.name = std::move(name);
    record.state = "idle";
    return store::PutRunner{key, std::move(record)};
  }

  base::TemporaryDirectory folder;
  store::Journal journal = store::Journal::open(folder.path() / "journal").value();
};

TEST_F(ReadSet, AddsARowForAScaleSetThatIsNew) {
  auto const found = read_set(journal, owner("set"));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->id, ScaleSetId{});
  EXPECT_FALSE(found->ours);
  EXPECT_FALSE(found->session);
  EXPECT_THAT(found->runners, IsEmpty());
  auto const row = journal.scale_set(found->key).value();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->config_url, "https://github.com/o");
  EXPECT_EQ(row->group, "default");
  EXPECT_EQ(row->name, "set");
}

TEST_F(ReadSet, FindsTheSameRowAgain) {
  auto const key = read_set(journal, owner("set")).value().key;
  EXPECT_EQ(read_set(journal, owner("set")).value().key, key);
  EXPECT_EQ(read_set(journal, owner("SET", "Default", "https://GitHub.com:443/O/")).value().key,
            key)
      << "the same scale set, written in another way";
  EXPECT_EQ(journal.scale_sets().value().size(), 1U);
}

TEST_F(ReadSet, ReadingChangesNothingOfWhatIsKnown) {
  auto const key = read_set(journal, owner("set")).value().key;
  store::SessionRecord session;
  session.id = "s";
  session.owner = "host";
  write({store::NoteScaleSet{key, ScaleSetId{7}, true}, store::RememberSession{key, session},
         runner(key, "a"), runner(key, "b")});
  for (int i = 0; i < 2; ++i) {
    auto const found = read_set(journal, owner("set"));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->id, ScaleSetId{7});
    EXPECT_TRUE(found->ours);
    ASSERT_TRUE(found->session);
    EXPECT_EQ(found->session->id, "s");
    EXPECT_EQ(found->session->owner, "host");
    ASSERT_EQ(found->runners.size(), 2U);
    EXPECT_EQ(found->runners[1].name, "b");
  }
}

TEST_F(ReadSet, EachScaleSetHasItsOwnRunners) {
  auto const key = read_set(journal, owner("set")).value().key;
  write({store::NoteScaleSet{key, ScaleSetId{7}, true}, runner(key, "a")});
  for (auto const& other :
       {owner("other"), owner("set", "big"), owner("set", "default", "https://github.com/p"),
        owner("set", "default", "https://ghes.example/o")}) {
    auto const found = read_set(journal, other);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_NE(found->key, key);
    EXPECT_EQ(found->id, ScaleSetId{});
    EXPECT_FALSE(found->ours);
    EXPECT_THAT(found->runners, IsEmpty());
  }
}

}  // namespace
}  // namespace scaleset::daemon
