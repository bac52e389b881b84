#include "store/rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"

namespace scaleset::store {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr ScaleSetKey kKey{3};

ScaleSetRecord set_named(std::string name) {
  ScaleSetRecord record;
  record.config_url = "https://github.com/octo-org";
  record.group = "default";
  record.name = std::move(name);
  record.id = ScaleSetId{5};
  return record;
}

RunnerRecord runner(std::string name, std::string state, int created_at = 1000) {
  RunnerRecord made;
  made.name = std::move(name);
  made.state = std::move(state);
  made.created_at = Timestamp(std::chrono::milliseconds(created_at));
  made.changed_at = Timestamp(std::chrono::milliseconds(created_at));
  return made;
}

HeldRecord held(std::string runner, int until) {
  HeldRecord made;
  made.runner = std::move(runner);
  made.job = "j";
  made.until = Timestamp(std::chrono::milliseconds(until));
  return made;
}

SessionRecord session(std::string id) {
  SessionRecord made;
  made.id = std::move(id);
  made.owner = "host";
  return made;
}

/// Makes the same changes in a journal and in the rows, writes all() into a second journal, and
/// compares the two journals.
class RowsTest : public ::testing::Test {
 protected:
  RowsTest() { tell({PutScaleSet{kKey, set_named("linux")}}); }

  void tell(std::vector<Change> const& changes) {
    rows.apply(changes);
    auto const done = original.apply(changes);
    ASSERT_TRUE(done) << done.error().message;
  }
  Journal open(std::string const& name) {
    auto opened = Journal::open(folder.path() / name);
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }
  static std::string text(Journal& journal, ScaleSetKey key) {
    std::string text;
    auto const set = journal.scale_set(key).value();
    if (!set) return "nothing";
    text += set->config_url + " " + set->group + " " + set->name + " " +
            std::to_string(set->id.value) + (set->ours ? " ours" : "") +
            (set->suspension.empty() ? "" : " " + set->suspension);
    if (auto const found = journal.recorded_session(key).value())
      text += "; session " + found->id + " of " + found->owner;
    auto const runners = journal.runners(key).value();
    for (auto const& each : runners)
      text += "; " + each.name + " " + each.state + " " + each.reference + " " +
              std::to_string(each.id.value_or(RunnerId{}).value) + " " +
              std::to_string(each.created_at.time_since_epoch().count()) + " " +
              std::to_string(each.changed_at.time_since_epoch().count());
    auto const offers = journal.offers(key).value();
    for (auto const& each : offers)
      text += "; offer " + std::to_string(each.request.value) + " " +
              std::to_string(each.queued_at.time_since_epoch().count());
    auto const held = journal.held(key).value();
    for (auto const& each : held)
      text += "; held " + each.runner + " " + each.job + " " +
              std::to_string(each.until.time_since_epoch().count());
    return text;
  }
  void expect_same(Journal& other) {
    auto const written = other.apply(rows.all());
    ASSERT_TRUE(written) << written.error().message;
    auto const keys = original.scale_sets().value();
    EXPECT_EQ(other.scale_sets().value(), keys);
    for (auto const key : keys) EXPECT_EQ(text(other, key), text(original, key));
  }
  void expect_same() {
    auto other = open("other");
    expect_same(other);
  }

  base::TemporaryDirectory folder;
  Journal original = open("original");
  Rows rows;
};

TEST_F(RowsTest, HasTheScaleSetUnderItsKey) {
  tell({NoteScaleSet{kKey, ScaleSetId{9}, true}});
  expect_same();
  EXPECT_EQ(text(original, kKey), "https://github.com/octo-org default linux 9 ours");
}

TEST_F(RowsTest, HasWhatIsSuspended) {
  tell({Suspend{kKey, "paused"}, NoteScaleSet{kKey, ScaleSetId{9}, true}});
  expect_same();
  EXPECT_EQ(text(original, kKey), "https://github.com/octo-org default linux 9 ours paused");
  tell({Suspend{kKey, ""}});
  Journal later = open("later");
  expect_same(later);
  EXPECT_EQ(text(original, kKey), "https://github.com/octo-org default linux 9 ours");
}

TEST_F(RowsTest, HasTheLastSession) {
  tell({RememberSession{kKey, session("a")}, RememberSession{kKey, session("b")}});
  expect_same();
  tell({ForgetSession{kKey}});
  Journal later = open("later");
  expect_same(later);
}

TEST_F(RowsTest, HasEachRunnerAsItWasLast) {
  auto busy = runner("a", "busy", 2000);
  busy.id = RunnerId{7};
  busy.reference = "4711";
  tell({PutRunner{kKey, runner("a", "planned")}, PutRunner{kKey, runner("b", "idle")},
        PutRunner{kKey, busy}, ForgetRunner{kKey, "b"}, ForgetRunner{kKey, "c"}});
  expect_same();
  EXPECT_THAT(original.runners(kKey).value(), SizeIs(1));
}

TEST_F(RowsTest, HasTheLastOffers) {
  OpenOffer const first{RequestId{1}, Timestamp(std::chrono::milliseconds(10))};
  OpenOffer const second{RequestId{2}, Timestamp(std::chrono::milliseconds(20))};
  tell({KeepOffers{kKey, {first, second}}});
  expect_same();
  tell({KeepOffers{kKey, {second}}});
  auto other = open("another");
  expect_same(other);
}

TEST_F(RowsTest, HasTheLastHeldJobs) {
  tell({KeepHeld{kKey, {held("a", 10), held("b", 20)}}});
  expect_same();
  tell({KeepHeld{kKey, {held("b", 20)}}});
  auto other = open("another");
  expect_same(other);
}

TEST_F(RowsTest, ForgetsAScaleSetWithEverythingOfIt) {
  tell({PutRunner{kKey, runner("a", "idle")}, ForgetScaleSet{kKey}});
  EXPECT_THAT(rows.all(), IsEmpty());
  expect_same();
}

TEST_F(RowsTest, KeepsScaleSetsApart) {
  ScaleSetKey const other{8};
  tell({PutScaleSet{other, set_named("windows")}, PutRunner{kKey, runner("a", "idle")},
        PutRunner{other, runner("a", "busy")}, RememberSession{other, session("s")}});
  expect_same();
}

TEST_F(RowsTest, BeginsWithWhatTheJournalSaid) {
  Rows other;
  other.know(kKey, set_named("linux"), session("s"), {runner("a", "idle"), runner("b", "busy")},
             {OpenOffer{RequestId{7}, Timestamp(std::chrono::milliseconds(5))}}, {held("c", 9)});
  auto journal = open("new");
  ASSERT_TRUE(journal.apply(other.all()));
  EXPECT_EQ(
      text(journal, kKey),
      "https://github.com/octo-org default linux 5; session s of host; a idle  0 1000 1000; b "
      "busy  0 1000 1000; offer 7 5; held c j 9");
}

TEST_F(RowsTest, ReplacesWhatAnOlderJournalSays) {
  // A copy that somebody put back: with a runner and a session that are no more, under other keys.
  auto old = open("old");
  auto const key = old.put_scale_set(set_named("windows")).value();
  auto const same = old.put_scale_set(set_named("linux")).value();
  ASSERT_NE(same, kKey);
  std::vector<Change> const stale{PutRunner{same, runner("gone", "busy")},
                                  RememberSession{same, session("gone")}};
  ASSERT_TRUE(old.apply(stale));
  tell({PutRunner{kKey, runner("a", "idle")}});
  ASSERT_TRUE(old.apply(rows.all()));
  EXPECT_EQ(text(old, kKey), text(original, kKey));
  EXPECT_EQ(text(old, same), "nothing");
  EXPECT_NE(text(old, key), "nothing") << "what is somebody else's stays";
}

TEST_F(RowsTest, ChangesOfAnUnknownScaleSetAreIgnored) {
  ScaleSetKey const unknown{77};
  Rows other;
  std::vector<Change> const changes{NoteScaleSet{unknown, ScaleSetId{1}, true},
                                    RememberSession{unknown, session("s")},
                                    ForgetSession{unknown},
                                    PutRunner{unknown, runner("a", "idle")},
                                    ForgetRunner{unknown, "a"},
                                    KeepHeld{unknown, {held("a", 1)}},
                                    KeepOffers{unknown, {OpenOffer{RequestId{1}, Timestamp()}}},
                                    ForgetScaleSet{unknown}};
  other.apply(changes);
  EXPECT_THAT(other.all(), IsEmpty());
}

}  // namespace
}  // namespace scaleset::store
