#include <gtest/gtest.h>

#include "base/files.hpp"
#include "store/journal.hpp"
#include "store/testing/linux_set.hpp"

/// What an operator has suspended.
namespace scaleset::store {
namespace {

using testing::linux_set;
Result<void> suspend(Journal& journal, ScaleSetKey key, std::string how) {
  std::vector<Change> const changes{Suspend{key, std::move(how)}};
  return journal.apply(changes);
}

TEST(JournalSuspend, StaysSoThroughARestart) {
  base::TemporaryDirectory const folder;
  auto const path = folder.path() / "journal";
  ScaleSetKey key;
  {
    auto journal = Journal::open(path).value();
    key = journal.put_scale_set(linux_set()).value();
    EXPECT_EQ(journal.scale_set(key).value()->suspension, "");
    ASSERT_TRUE(suspend(journal, key, "paused"));
  }
  auto journal = Journal::open(path).value();
  EXPECT_EQ(journal.scale_set(key).value()->suspension, "paused");
  ASSERT_TRUE(journal.put_scale_set(linux_set()));
  EXPECT_EQ(journal.scale_set(key).value()->suspension, "paused") << "although it is served again";
  ASSERT_TRUE(suspend(journal, key, ""));
  EXPECT_EQ(journal.scale_set(key).value()->suspension, "");
}

TEST(JournalSuspend, OneThatThereIsNotIsNoError) {
  base::TemporaryDirectory const folder;
  auto journal = Journal::open(folder.path() / "journal").value();
  EXPECT_TRUE(suspend(journal, ScaleSetKey{77}, "paused"));
}

}  // namespace
}  // namespace scaleset::store
