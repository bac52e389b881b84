#include "daemon/runner_book.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::daemon {
namespace {

class RunnerBookTest : public ::testing::Test {
 protected:
  void open() {
    journal.reset();
    auto opened = store::Journal::open(folder.path() / "journal.db");
    ASSERT_TRUE(opened) << opened.error().message;
    journal.emplace(*std::move(opened));
    book.emplace(*journal);
    ASSERT_TRUE(book->open(owner));
  }
  /// A fleet that has asked for one runner.
  static fleet::Fleet one_planned() {
    fleet::Options options;
    options.min_runners = 1;
    fleet::Fleet runners(options, std::make_shared<testing::FixedRandom>());
    (void)runners.handle(fleet::StatisticsReported{}, {});
    return runners;
  }
  static backends::InstanceInfo instance(std::string name, bool alive) {
    backends::InstanceInfo info;
    info.runner_name = std::move(name);
    info.reference = "4711";
    info.alive = alive;
    return info;
  }

  base::OwnerKey owner = base::OwnerKey::make("https://github.com/o", "default", "set").value();
  base::TemporaryDirectory folder;
  std::optional<store::Journal> journal;
  std::optional<RunnerBook> book;
};

TEST_F(RunnerBookTest, PlannedRunnersAreFoundAfterACrash) {
  open();
  auto runners = one_planned();
  ASSERT_EQ(runners.runners().size(), 1U);
  ASSERT_TRUE(book->keep(runners, {}));
  open();
  auto const recovered = book->recover({});
  ASSERT_TRUE(recovered);
  ASSERT_EQ(recovered->size(), 1U);
  EXPECT_EQ(recovered->front().name, runners.runners().begin()->first);
  EXPECT_EQ(recovered->front().state, fleet::RunnerState::planned);
  EXPECT_FALSE(recovered->front().alive);
}

TEST_F(RunnerBookTest, ALivingInstanceIsMatchedWithItsRecord) {
  open();
  auto runners = one_planned();
  auto const name = runners.runners().begin()->first;
  (void)runners.handle(fleet::JitReady{name, RunnerId{12}}, {});
  ASSERT_TRUE(book->keep(runners, {}));
  auto const recovered =
      book->recover({instance(name, true), instance("dead", false), instance("stranger", true)});
  ASSERT_TRUE(recovered);
  ASSERT_EQ(recovered->size(), 2U);
  for (auto const& adopted : *recovered) {
    EXPECT_TRUE(adopted.alive);
    EXPECT_EQ(adopted.reference, "4711");
    EXPECT_EQ(adopted.id.has_value(), adopted.name == name) << adopted.name;
  }
}

TEST_F(RunnerBookTest, AForgottenRunnerIsNotRecovered) {
  open();
  auto runners = one_planned();
  ASSERT_TRUE(book->keep(runners, {}));
  ASSERT_TRUE(book->forget(runners.runners().begin()->first));
  EXPECT_TRUE(book->recover({})->empty());
}

TEST_F(RunnerBookTest, TheScaleSetsIdIsKeptUntilAnotherIsNoted) {
  auto const id = [this] {
    auto const key = journal->find_scale_set(owner.url, owner.group, owner.name).value();
    return journal->scale_set(*key).value()->id;
  };
  open();
  EXPECT_EQ(id(), ScaleSetId{0});
  ASSERT_TRUE(book->keep(one_planned(), {}));
  ASSERT_TRUE(book->note_scale_set(ScaleSetId{5}));
  open();
  EXPECT_EQ(id(), ScaleSetId{5});
  ASSERT_TRUE(book->note_scale_set(ScaleSetId{6}));
  EXPECT_EQ(id(), ScaleSetId{6});
  EXPECT_EQ(book->runner_names()->size(), 1U) << "its runners stay with it";
}

TEST_F(RunnerBookTest, SessionIsRememberedUntilItIsClosed) {
  open();
  EXPECT_FALSE(book->previous_session()->has_value());
  ASSERT_TRUE(book->note_session("session-1", "host"));
  open();
  EXPECT_EQ(book->previous_session()->value(), "session-1");
  ASSERT_TRUE(book->note_session("", ""));
  EXPECT_FALSE(book->previous_session()->has_value());
}

}  // namespace
}  // namespace scaleset::daemon
