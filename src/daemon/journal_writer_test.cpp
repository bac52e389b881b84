#include "daemon/journal_writer.hpp"

#include <gmock/gmock.h>

#include <boost/asio/thread_pool.hpp>

#include "base/files.hpp"
#include "base/testing/coroutine_test.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

store::Change runner(store::ScaleSetKey key, std::string name) {
  store::RunnerRecord record;
  record.name = std::move(name);
  record.state = "planned";
  return store::PutRunner{key, std::move(record)};
}

class JournalWriterTest : public base::testing::CoroutineTest {
 protected:
  store::Journal open() const {
    auto opened = store::Journal::open(path);
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }
  /// Commits and notes the outcome.
  asio::awaitable<void> commit(std::string name, std::vector<store::Change> changes) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto const done = co_await writer->commit(key, std::move(changes));
    events.push_back(name + (done ? " written" : ": " + done.error().message));
  }
  asio::awaitable<void> close() {
    co_await writer->finish();
    events.emplace_back("closed");
  }
  void run() {
    context.run();
    context.restart();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    auto const set = writer->open_set(owner);
    for (auto const& each : set->runners) found.push_back(each.name);
    return found;
  }

  base::TemporaryDirectory folder;
  std::filesystem::path path = folder.path() / "journal";
  base::OwnerKey owner = base::OwnerKey::make("https://github.com/o", "default", "set").value();
  std::unique_ptr<JournalWriter> writer =
      std::make_unique<JournalWriter>(context.get_executor(), context.get_executor(), open());
  store::ScaleSetKey key = writer->open_set(owner)->key;
};

TEST_F(JournalWriterTest, WhatIsCommittedIsReadAgain) {
  store::SessionRecord session;
  session.id = "s";
  spawn(commit("first", {runner(key, "a"), store::RememberSession{key, session},
                         store::NoteScaleSet{key, ScaleSetId{7}, true}}));
  run();
  EXPECT_THAT(events, ElementsAre("first written"));
  writer.reset();
  auto journal = open();
  auto const found = read_set(journal, owner);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key, key);
  EXPECT_EQ(found->id, ScaleSetId{7});
  EXPECT_TRUE(found->ours);
  ASSERT_TRUE(found->session);
  EXPECT_EQ(found->session->id, "s");
  ASSERT_EQ(found->runners.size(), 1U);
}

TEST_F(JournalWriterTest, CommitsBecomeDurableInTheirOrder) {
  spawn(commit("put", {runner(key, "a")}));
  spawn(commit("delete", {store::ForgetRunner{key, "a"}}));
  spawn(commit("put again", {runner(key, "a")}));
  run();
  EXPECT_THAT(events, ElementsAre("put written", "delete written", "put again written"));
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(JournalWriterTest, ACommitDuringATransactionGoesIntoTheNext) {
  asio::thread_pool disk(1);
  writer.reset();
  writer = std::make_unique<JournalWriter>(context.get_executor(), disk.get_executor(), open());
  spawn(commit("first", {runner(key, "a")}));
  context.poll();  // it is on its way to the disk's thread
  spawn(commit("second", {runner(key, "b")}));
  spawn(commit("third", {store::ForgetRunner{key, "b"}}));
  run();
  disk.join();
  EXPECT_THAT(events, ElementsAre("first written", "second written", "third written"));
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(JournalWriterTest, WhatCannotBeWrittenKeepsNothingElseFromTheDisk) {
  spawn(commit("good", {runner(key, "a")}));
  spawn(commit("bad", {runner(store::ScaleSetKey{77}, "b")}));
  spawn(commit("also good", {runner(key, "c")}));
  run();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0], "good written");
  EXPECT_THAT(events[1], HasSubstr("bad: "));
  EXPECT_EQ(events[2], "also good written");
  EXPECT_THAT(names(), ElementsAre("a", "c"));
}

TEST_F(JournalWriterTest, ACancelledCallerStillLearnsTheOutcome) {
  spawn(commit("first", {runner(key, "a")}));
  context.run_one();  // it has begun
  cancel();
  run();
  EXPECT_THAT(events, ElementsAre("first written"));
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(JournalWriterTest, TheDiskHasAThreadOfItsOwn) {
  writer.reset();
  asio::thread_pool disk(1);
  writer = std::make_unique<JournalWriter>(context.get_executor(), disk.get_executor(), open());
  for (int i = 0; i < 20; ++i)
    spawn(commit(std::to_string(i), {runner(key, "runner-" + std::to_string(i))}));
  run();
  disk.join();
  EXPECT_EQ(events.size(), 20U);
  EXPECT_EQ(names().size(), 20U);
}

TEST_F(JournalWriterTest, CloseWaitsForWhatIsUnderWay) {
  spawn(commit("first", {runner(key, "a")}));
  spawn(close());
  run();
  EXPECT_THAT(events, ElementsAre("first written", "closed"));
}

TEST_F(JournalWriterTest, OnlyWhatWasMadeAgainIsTold) {
  Premises::Written lock;
  lock.mended = "lock";
  EXPECT_EQ(text_of_mending(lock).find("journal"), std::string::npos);
  lock.mended = "lock, journal";
  EXPECT_TRUE(text_of_mending(lock).ends_with("the journal from memory"));
}

TEST_F(JournalWriterTest, WhatIsMadeAgainIsToldOnce) {
  auto const log = std::make_shared<scaleset::testing::RecordingLogSink>();
  writer.reset();
  writer = std::make_unique<JournalWriter>(context.get_executor(), context.get_executor(), open(),
                                           base::Logger(log, "daemon"));
  static_cast<void>(writer->open_set(owner));
  std::filesystem::remove(path);
  spawn(commit("first", {runner(key, "a")}));
  spawn(commit("second", {}));
  run();
  EXPECT_THAT(events, ElementsAre("first written", "second written"));
  EXPECT_THAT(log->lines(),
              ElementsAre(AllOf(HasSubstr("warn daemon: somebody has removed"),
                                HasSubstr("files=journal"), HasSubstr("kept=nothing"))));
}

TEST_F(JournalWriterTest, AnotherProcessThatTakesTheJournalIsToldOnce) {
  std::vector<std::string> lost;
  writer->on_lost([&lost](Error const& error) { lost.push_back(error.message); });
  for (std::string const suffix : {"", "-wal", "-shm", ".lock"})
    std::filesystem::remove(path.string() + suffix);
  auto const other = open();
  spawn(commit("first", {runner(key, "a")}));
  run();
  spawn(commit("second", {runner(key, "b")}));
  run();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_THAT(events, Each(HasSubstr("another process")));
  EXPECT_THAT(lost, ElementsAre(HasSubstr("another process")));
}

}  // namespace
}  // namespace scaleset::daemon
