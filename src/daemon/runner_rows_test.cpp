#include "daemon/runner_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"

namespace scaleset::daemon {
namespace {

using fleet::RunnerState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

base::OwnerKey owner_named(std::string_view name) {
  return base::OwnerKey::make("https://github.com/o", "default", name).value();
}
base::OwnerKey const kOurs = owner_named("set");

store::RunnerRecord record(std::string name, std::string state) {
  store::RunnerRecord one;
  one.name = std::move(name);
  one.id = RunnerId{7};
  one.scale_set = ScaleSetId{5};
  one.reference = "pid 1";
  one.state = std::move(state);
  return one;
}

backends::Instance instance(std::string name) {
  backends::Instance one;
  one.owner = kOurs;
  one.runner_name = std::move(name);
  one.reference = "pid 2";
  one.runner = RunnerId{8};
  one.scale_set = ScaleSetId{6};
  one.alive = true;
  one.activity = backends::Activity::idle;
  return one;
}

// Who is adopted.

TEST(RunnersToAdopt, ARunnerWithoutAnInstanceIsAsTheJournalSays) {
  auto const list = runners_to_adopt({record("a", "busy")}, {}, kOurs);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].name, "a");
  EXPECT_EQ(list[0].state, RunnerState::busy);
  EXPECT_EQ(list[0].id, RunnerId{7});
  EXPECT_EQ(list[0].scale_set, ScaleSetId{5});
  EXPECT_EQ(list[0].reference, "pid 1");
  EXPECT_FALSE(list[0].alive);
  EXPECT_EQ(list[0].activity, fleet::Activity::unknown);
}

TEST(RunnersToAdopt, AnInstanceThatTheJournalDoesNotKnowIsStarting) {
  auto const list = runners_to_adopt({}, {instance("a")}, kOurs);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].name, "a");
  EXPECT_EQ(list[0].state, RunnerState::starting);
  EXPECT_EQ(list[0].id, RunnerId{8});
  EXPECT_EQ(list[0].scale_set, ScaleSetId{6});
  EXPECT_EQ(list[0].reference, "pid 2");
  EXPECT_TRUE(list[0].alive);
  EXPECT_EQ(list[0].activity, fleet::Activity::idle);
}

TEST(RunnersToAdopt, AnInstanceThatRecordedNothingHasNoIds) {
  auto old = instance("a");
  old.runner.reset();
  old.scale_set.reset();
  auto const list = runners_to_adopt({}, {old}, kOurs);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_FALSE(list[0].id);
  EXPECT_EQ(list[0].scale_set, ScaleSetId{});
}

TEST(RunnersToAdopt, OfARunnerWithAnInstanceTheJournalKnowsTheStateAndTheIds) {
  auto const list = runners_to_adopt({record("a", "idle")}, {instance("a")}, kOurs);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].state, RunnerState::idle);
  EXPECT_EQ(list[0].id, RunnerId{7});
  EXPECT_EQ(list[0].scale_set, ScaleSetId{5});
  EXPECT_EQ(list[0].reference, "pid 2") << "where the instance is now";
  EXPECT_TRUE(list[0].alive);
}

TEST(RunnersToAdopt, WhatTheJournalDoesNotKnowComesFromTheInstance) {
  // The crash came between the answer of the service and the write.
  auto planned = record("a", "planned");
  planned.id.reset();
  planned.scale_set = ScaleSetId{};
  auto const list = runners_to_adopt({planned}, {instance("a")}, kOurs);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].id, RunnerId{8});
  EXPECT_EQ(list[0].scale_set, ScaleSetId{6});
  EXPECT_EQ(list[0].state, RunnerState::planned);
}

TEST(RunnersToAdopt, InstancesOfOthersAreLeftOut) {
  auto other = instance("a");
  other.owner = owner_named("other");
  EXPECT_THAT(runners_to_adopt({}, {other}, kOurs), IsEmpty());
  // Not even one that has a name of ours is taken for ours.
  auto const list = runners_to_adopt({record("a", "idle")}, {other}, kOurs);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_FALSE(list[0].alive);
  EXPECT_EQ(list[0].reference, "pid 1");
}

TEST(RunnersToAdopt, AnInstanceThatHasEndedIsNotAlive) {
  auto dead = instance("a");
  dead.alive = false;
  EXPECT_THAT(runners_to_adopt({}, {dead}, kOurs), IsEmpty());
  auto const list = runners_to_adopt({record("a", "idle")}, {dead}, kOurs);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_FALSE(list[0].alive);
}

TEST(RunnersToAdopt, TheJobAndWhetherTheRunnerHadFinishedAreHandedOn) {
  auto busy = record("a", "busy");
  busy.job.id = "j-1";
  busy.job.name = "build";
  busy.job.owner = "octo";
  busy.job.repository = "app";
  auto dead = instance("a");
  dead.alive = false;
  dead.said_goodbye = false;
  auto const list = runners_to_adopt({busy, record("b", "busy")}, {dead}, kOurs);
  ASSERT_EQ(list.size(), 2U);
  ASSERT_TRUE(list[0].job);
  EXPECT_EQ(list[0].job->job_id, "j-1");
  EXPECT_EQ(list[0].job->job_display_name, "build");
  EXPECT_EQ(list[0].job->owner, "octo");
  EXPECT_EQ(list[0].job->repository, "app");
  EXPECT_EQ(list[0].said_goodbye, false);
  EXPECT_FALSE(list[1].job);
  EXPECT_EQ(list[1].said_goodbye, std::nullopt);
}

TEST(RunnersToAdopt, OneOfWhichItCannotBeToldWhoseItIsIsLeftOut) {
  auto unreadable = instance("a");
  unreadable.owner = base::OwnerKey();
  auto const untouchable = untouchable_runners({unreadable, instance("b")});
  EXPECT_THAT(untouchable, ElementsAre("a"));
  auto const list = runners_to_adopt({record("a", "busy"), record("b", "idle")},
                                     {unreadable, instance("b")}, kOurs, untouchable);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].name, "b");
}

TEST(RunnersToAdopt, AStateOfALaterVersionIsLost) {
  auto const list = runners_to_adopt({record("a", "hibernating"), record("b", "")}, {}, kOurs);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].state, RunnerState::lost);
  EXPECT_EQ(list[1].state, RunnerState::lost);
}

TEST(RunnersToAdopt, EveryStateThatIsWrittenIsReadAgain) {
  for (auto const state : {RunnerState::planned, RunnerState::starting, RunnerState::idle,
                           RunnerState::busy, RunnerState::finishing, RunnerState::lost,
                           RunnerState::retiring, RunnerState::stopping, RunnerState::cleaning}) {
    std::string const name(fleet::to_string(state));
    EXPECT_EQ(runners_to_adopt({record("a", name)}, {}, kOurs).at(0).state, state) << name;
  }
}

TEST(RunnersToAdopt, WhatTheInstanceDoesIsHandedOn) {
  struct Case {
    backends::Activity seen;
    fleet::Activity told;
  };
  for (auto const& [seen, told] : {Case{backends::Activity::idle, fleet::Activity::idle},
                                   Case{backends::Activity::busy, fleet::Activity::busy},
                                   Case{backends::Activity::unknown, fleet::Activity::unknown}}) {
    auto one = instance("a");
    one.activity = seen;
    EXPECT_EQ(activity_of(one), told);
    EXPECT_EQ(runners_to_adopt({}, {one}, kOurs).at(0).activity, told);
  }
}

// What is written.

/// A change as text: "put a busy", "forget a".
std::string text(store::Change const& change) {
  if (auto const* put = std::get_if<store::PutRunner>(&change))
    return "put " + put->runner.name + " " + put->runner.state;
  if (auto const* forget = std::get_if<store::ForgetRunner>(&change))
    return "forget " + forget->name;
  return "something else";
}

class RunnerRowsTest : public ::testing::Test {
 protected:
  std::vector<std::string> changes() {
    std::vector<std::string> list;
    for (auto const& change : rows.changes(runners, now)) list.push_back(text(change));
    return list;
  }
  fleet::Runner& add(std::string const& name, RunnerState state) {
    auto& runner = runners[name];
    runner.state = state;
    return runner;
  }

  store::ScaleSetKey key{3};
  Timestamp now{std::chrono::milliseconds(1000)};
  RunnerRows rows{key, {}};
  fleet::Runners runners;
};

TEST_F(RunnerRowsTest, NothingIsWrittenOfNothing) { EXPECT_THAT(changes(), IsEmpty()); }

TEST_F(RunnerRowsTest, ANewRunnerIsWrittenWithAllThatItsRowHolds) {
  auto& runner = add("a", RunnerState::starting);
  runner.id = RunnerId{7};
  runner.scale_set = ScaleSetId{5};
  runner.reference = "pid 1";
  runner.job.emplace();
  runner.job->job_id = "j-1";
  auto const list = rows.changes(runners, now);
  ASSERT_EQ(list.size(), 1U);
  auto const& put = std::get<store::PutRunner>(list[0]);
  EXPECT_EQ(put.key, key);
  EXPECT_EQ(put.runner.name, "a");
  EXPECT_EQ(put.runner.id, RunnerId{7});
  EXPECT_EQ(put.runner.scale_set, ScaleSetId{5});
  EXPECT_EQ(put.runner.reference, "pid 1");
  EXPECT_EQ(put.runner.state, "starting");
  EXPECT_EQ(put.runner.job.id, "j-1");
  EXPECT_EQ(put.runner.created_at, now);
  EXPECT_EQ(put.runner.changed_at, now);
}

TEST_F(RunnerRowsTest, OnlyWhatHasChangedIsWritten) {
  add("a", RunnerState::starting);
  add("b", RunnerState::starting);
  EXPECT_THAT(changes(), ElementsAre("put a starting", "put b starting"));
  rows.written();
  EXPECT_THAT(changes(), IsEmpty());
  runners["b"].state = RunnerState::idle;
  EXPECT_THAT(changes(), ElementsAre("put b idle"));
}

TEST_F(RunnerRowsTest, EachPartOfARowCounts) {
  auto& runner = add("a", RunnerState::starting);
  auto const settle = [&] {
    auto const list = changes();
    rows.written();
    return list.size();
  };
  EXPECT_EQ(settle(), 1U);
  runner.id = RunnerId{7};
  EXPECT_EQ(settle(), 1U) << "the id";
  runner.scale_set = ScaleSetId{5};
  EXPECT_EQ(settle(), 1U) << "the scale set";
  runner.reference = "pid 1";
  EXPECT_EQ(settle(), 1U) << "the reference";
  runner.state = RunnerState::idle;
  EXPECT_EQ(settle(), 1U) << "the state";
  runner.version = "2.336.0";
  runner.stops = 3;
  EXPECT_EQ(settle(), 0U) << "a row does not hold these";
}

TEST_F(RunnerRowsTest, ARunnerThatIsGoneIsDeletedOnce) {
  add("a", RunnerState::idle);
  add("b", RunnerState::idle);
  EXPECT_EQ(changes().size(), 2U);
  rows.written();
  runners.erase("a");
  EXPECT_THAT(changes(), ElementsAre("forget a"));
  rows.written();
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(RunnerRowsTest, AFailedWriteComesAgainAsThingsAreThen) {
  add("a", RunnerState::starting);
  add("b", RunnerState::starting);
  EXPECT_THAT(changes(), ElementsAre("put a starting", "put b starting"));
  // Not written. Meanwhile one goes on and one is gone, which the journal never knew.
  runners["a"].state = RunnerState::idle;
  runners.erase("b");
  EXPECT_THAT(changes(), ElementsAre("put a idle"));
  rows.written();
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(RunnerRowsTest, AFailedDeletionComesAgain) {
  add("a", RunnerState::idle);
  EXPECT_EQ(changes().size(), 1U);
  rows.written();
  runners.erase("a");
  EXPECT_THAT(changes(), ElementsAre("forget a"));
  EXPECT_THAT(changes(), ElementsAre("forget a"));
}

TEST_F(RunnerRowsTest, WhatHappensDuringAWriteIsOfTheNext) {
  add("a", RunnerState::starting);
  EXPECT_THAT(changes(), ElementsAre("put a starting"));
  runners["a"].state = RunnerState::idle;
  rows.written();  // of "starting"
  EXPECT_THAT(changes(), ElementsAre("put a idle"));
}

TEST_F(RunnerRowsTest, WrittenCountsOnceOnly) {
  add("a", RunnerState::starting);
  EXPECT_EQ(changes().size(), 1U);
  rows.written();
  runners.erase("a");
  EXPECT_THAT(changes(), ElementsAre("forget a"));
  rows.written();
  rows.written();  // of nothing
  EXPECT_THAT(changes(), IsEmpty());
  add("a", RunnerState::starting);
  EXPECT_THAT(changes(), ElementsAre("put a starting"));
}

TEST_F(RunnerRowsTest, TheRowsOfTheStartAreDurable) {
  rows = RunnerRows(key, {record("a", "idle"), record("b", "busy")});
  auto& same = add("a", RunnerState::idle);
  same.id = RunnerId{7};
  same.scale_set = ScaleSetId{5};
  same.reference = "pid 1";
  EXPECT_THAT(changes(), ElementsAre("forget b")) << "the first one has not changed";
}

TEST_F(RunnerRowsTest, AStateOfALaterVersionIsOverwrittenWhenItBecomesAnother) {
  rows = RunnerRows(key, {record("a", "hibernating")});
  auto& runner = add("a", RunnerState::retiring);
  runner.id = RunnerId{7};
  runner.scale_set = ScaleSetId{5};
  runner.reference = "pid 1";
  EXPECT_THAT(changes(), ElementsAre("put a retiring"));
}

TEST_F(RunnerRowsTest, TheJournalTakesTheChangesAndGivesBackTheSameRows) {
  base::TemporaryDirectory const folder;
  auto journal = store::Journal::open(folder.path() / "journal").value();
  key = read_set(journal, kOurs).value().key;
  rows = RunnerRows(key, {});
  auto& runner = add("a", RunnerState::busy);
  runner.id = RunnerId{7};
  runner.reference = "pid 1";
  ASSERT_TRUE(journal.apply(rows.changes(runners, now)));
  RunnerRows again(key, read_set(journal, kOurs).value().runners);
  EXPECT_THAT(again.changes(runners, now), IsEmpty());
}

TEST(RunnerRows, ARowThatIsToBeLeftAloneStays) {
  RunnerRows rows(store::ScaleSetKey{3}, {record("a", "busy"), record("b", "idle")});
  rows.leave_alone({"a"});
  auto const list = rows.changes({}, Timestamp());
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(text(list[0]), "forget b");
}

// What the backend lists.

TEST(ListingOf, HasOursOnly) {
  auto of_another = instance("b");
  of_another.owner = owner_named("other");
  auto of_nobody = instance("c");
  of_nobody.owner = base::OwnerKey();
  auto const report = listing_of({instance("a"), of_another, of_nobody}, kOurs, {});
  ASSERT_EQ(report.instances.size(), 1U);
  EXPECT_EQ(report.instances[0].name, "a");
  EXPECT_TRUE(report.instances[0].alive);
  EXPECT_EQ(report.instances[0].activity, fleet::Activity::idle);
  EXPECT_EQ(report.instances[0].id, RunnerId{8});
  EXPECT_EQ(report.instances[0].scale_set, ScaleSetId{6});
  EXPECT_EQ(report.instances[0].reference, "pid 2");
}

TEST(ListingOf, IsAsOldAsTheOldestLook) {
  fleet::TimePoint const asked_at{std::chrono::hours(1)};
  EXPECT_EQ(listing_of({}, kOurs, asked_at).asked_at, asked_at);
  auto old = instance("old");
  old.looked_ago = std::chrono::seconds(40);
  EXPECT_EQ(listing_of({instance("a"), old, instance("b")}, kOurs, asked_at).asked_at,
            asked_at - std::chrono::seconds(40));
}

}  // namespace
}  // namespace scaleset::daemon
