#include "daemon/budget_desk.hpp"

#include <gmock/gmock.h>

#include "daemon/house.hpp"
#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using fleet::Share;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Sharing sharing(std::string const& name, int used, int wanted, int max = 10) {
  Sharing made;
  made.owner = base::OwnerKey::make("https://github.com/o", "default", name).value();
  made.use.name = "host";
  made.needs.used = used;
  made.needs.needed = wanted;
  made.needs.wanted = wanted;
  made.needs.max = max;
  return made;
}

BudgetDesk desk_with(double slots, int overcommit = 1) {
  BudgetDesk desk;
  desk.configure({{"host", {{{"slots", slots}}, overcommit}}});
  return desk;
}

std::vector<Share> shares(BudgetDesk::Shares const& divided) {
  std::vector<Share> all;
  for (auto const& [owner, share] : divided) all.push_back(share);
  return all;
}

constexpr fleet::TimePoint kNow{1000h};

TEST(BudgetDesk, GivesNothingOfABudgetThatDoesNotExist) {
  BudgetDesk desk;
  EXPECT_TRUE(desk.empty());
  EXPECT_THAT(desk.divide({sharing("a", 0, 1)}, kNow), IsEmpty());
}

TEST(BudgetDesk, WhatIsFreeGoesToWhomItIsWantedBy) {
  auto desk = desk_with(4);
  EXPECT_THAT(shares(desk.divide({sharing("a", 1, 3), sharing("b", 0, 0)}, kNow)),
              ElementsAre(Share{3, 3}, Share{0, 1}));
}

TEST(BudgetDesk, WhoWaitsLongestGetsTheNextShare) {
  auto desk = desk_with(1);
  auto const both_after = [&](int a, int b, fleet::TimePoint now) {
    return shares(desk.divide({sharing("a", a, 1), sharing("b", b, 1), sharing("c", 0, 1)}, now));
  };
  EXPECT_EQ(both_after(1, 0, kNow)[1].may_have, 0);
  // c wants nothing any more.
  EXPECT_THAT(desk.divide({sharing("a", 1, 1), sharing("b", 0, 1)}, kNow + 1s), SizeIs(2));
  auto const next = both_after(0, 0, kNow + 2s);
  EXPECT_EQ(next[1].may_have, 1) << "b has waited since the beginning";
  EXPECT_EQ(next[2].may_have, 0);
}

TEST(BudgetDesk, WhoHasGotARunnerIsTheLastInTheQueueAgain) {
  auto desk = desk_with(1);
  auto const divided = [&](int a, int b, fleet::TimePoint now) {
    return shares(desk.divide({sharing("a", a, 9), sharing("b", b, 9)}, now));
  };
  EXPECT_THAT(divided(1, 0, kNow), ElementsAre(Share{1, 1}, Share{0, 0})) << "both wait";
  EXPECT_THAT(divided(0, 0, kNow + 1s), ElementsAre(Share{1, 1}, Share{0, 0}));
  EXPECT_THAT(divided(1, 0, kNow + 2s), ElementsAre(Share{1, 1}, Share{0, 0}));
  EXPECT_THAT(divided(0, 0, kNow + 3s), ElementsAre(Share{0, 0}, Share{1, 1}));
  EXPECT_THAT(divided(0, 1, kNow + 4s), ElementsAre(Share{0, 0}, Share{1, 1}));
  EXPECT_THAT(divided(0, 0, kNow + 5s), ElementsAre(Share{1, 1}, Share{0, 0}));
}

TEST(BudgetDesk, TheTurnToOfferARunnerGoesRound) {
  auto desk = desk_with(1);
  std::vector<Sharing> const idle{sharing("a", 0, 0), sharing("b", 0, 0), sharing("c", 0, 0)};
  std::vector<int> turns(3);
  std::vector<std::size_t> order;
  for (int minute = 0; minute < 6; ++minute) {
    auto const divided = shares(desk.divide(idle, kNow + minute * 1min));
    for (std::size_t i = 0; i < 3; ++i)
      if (divided[i].may_offer == 1) {
        ++turns[i];
        order.push_back(i);
      }
  }
  EXPECT_THAT(order, SizeIs(6)) << "one at a time";
  EXPECT_THAT(turns, ElementsAre(2, 2, 2));
}

// Its turn would last a moment only: then the small one, whose turn began at the same time, would
// come first, and the service would never hear of an offer.
TEST(BudgetDesk, ATurnForWhichSomebodyMustMakeRoomLastsAsLongAsAnyOther) {
  auto desk = desk_with(3);
  auto small = sharing("a", 2, 0);
  small.needs.wanted = 2;
  auto large = sharing("b", 0, 0);
  large.use.cost = {{"slots", 2}};
  int offered = 0;
  int longest = 0;
  for (auto now = kNow; now < kNow + 10min; now += 1s) {
    bool const offers = shares(desk.divide({small, large}, now))[1].may_offer > 0;
    offered = offers ? offered + 1 : 0;
    longest = std::max(longest, offered);
  }
  EXPECT_GE(longest, 60);
}

TEST(BudgetDesk, ATurnLastsAMinuteHoweverOftenItIsAsked) {
  auto desk = desk_with(1);
  std::vector<Sharing> const idle{sharing("a", 0, 0), sharing("b", 0, 0)};
  auto const first = shares(desk.divide(idle, kNow));
  for (int second = 1; second < 60; ++second)
    EXPECT_EQ(shares(desk.divide(idle, kNow + second * 1s)), first) << second;
  EXPECT_NE(shares(desk.divide(idle, kNow + 60s)), first);
}

TEST(BudgetDesk, OneThatIsSilentForLongHasATurnOfAMinuteAsSoonAsAPlaceIsFree) {
  auto desk = desk_with(1);
  auto const divided = [&](int used, fleet::TimePoint now) {
    return shares(desk.divide({sharing("a", used, 9), sharing("b", 0, 0)}, now));
  };
  EXPECT_THAT(divided(1, kNow), ElementsAre(Share{1, 1}, Share{0, 0}));
  EXPECT_THAT(divided(0, kNow + 9min), ElementsAre(Share{1, 1}, Share{0, 0})) << "not yet";
  EXPECT_THAT(divided(1, kNow + 20min), ElementsAre(Share{1, 1}, Share{0, 0})) << "none is free";
  auto const begin = kNow + 30min;
  for (auto const after : {0s, 1s, 59s})
    EXPECT_THAT(divided(0, begin + after), ElementsAre(Share{0, 0}, Share{0, 1}));
  EXPECT_THAT(divided(0, begin + 60s), ElementsAre(Share{0, 0}, Share{0, 1})) << "it ends now";
  EXPECT_THAT(divided(0, begin + 61s), ElementsAre(Share{1, 1}, Share{0, 0}));
}

TEST(BudgetDesk, WhatItsTurnHasBroughtItGets) {
  auto desk = desk_with(1);
  static_cast<void>(desk.divide({sharing("a", 1, 9), sharing("b", 0, 0)}, kNow));
  static_cast<void>(desk.divide({sharing("a", 0, 9), sharing("b", 0, 0)}, kNow + 9min));
  auto const later = kNow + 11min;
  EXPECT_EQ(shares(desk.divide({sharing("a", 0, 9), sharing("b", 0, 0)}, later))[1].may_offer, 1);
  EXPECT_THAT(shares(desk.divide({sharing("a", 0, 9), sharing("b", 0, 1)}, later + 5s)),
              ElementsAre(Share{0, 0}, Share{1, 1}));
}

TEST(BudgetDesk, OneThatCannotHearOfItsJobsIsNotAsked) {
  for (bool const listens : {true, false}) {
    auto desk = desk_with(1);
    auto silent = sharing("b", 0, 0);
    silent.needs.listens = listens;
    static_cast<void>(desk.divide({sharing("a", 1, 9), silent}, kNow));
    static_cast<void>(desk.divide({sharing("a", 0, 9), silent}, kNow + 9min));
    auto const divided = shares(desk.divide({sharing("a", 0, 9), silent}, kNow + 11min));
    EXPECT_EQ(divided[1].may_offer, listens ? 1 : 0);
    EXPECT_EQ(divided[0].may_have, listens ? 0 : 1);
  }
}

TEST(BudgetDesk, ABudgetThatWasLoweredTakesNothingAway) {
  auto desk = desk_with(4);
  desk.configure({{"host", {{{"slots", 1}}, 1}}});
  EXPECT_THAT(shares(desk.divide({sharing("a", 3, 5), sharing("b", 0, 1)}, kNow)),
              ElementsAre(Share{3, 3}, Share{0, 0}));
}

// In a house.

class BudgetTest : public testing::HouseTest {
 protected:
  SetSettings sharer(std::string const& org) const {
    auto made = settings(org);
    made.budget.name = "host";
    return made;
  }
  void begin_with(double slots, std::vector<SetSettings> sets) {
    stays = true;
    budgets = {{"host", {{{"slots", slots}}, 1}}};
    start(std::move(sets));
    time.advance(10s);
  }
  void an_earlier_process_left_a_runner_to(std::string const& org) {
    store::RunnerRecord runner;
    runner.name = "set-1";
    runner.id = RunnerId{7};
    runner.state = "busy";
    write({store::PutRunner{record(org).key, runner}});
  }
  void wants(std::string const& org, int jobs) { services[org].assigned = jobs; }
  static boost::asio::awaitable<void> pause(SetRunner* set) {
    auto const done = co_await set->suspend(fleet::Suspension::paused);
    EXPECT_TRUE(done.has_value());
  }
  void end(std::string const& name) {
    machine.find(name)->idle();
    machine.find(name)->exit(0, backends::ExitCause::exited);
  }
};

TEST_F(BudgetTest, NoMoreRunnersAreStartedThanTheBudgetHas) {
  wants("one", 3);
  wants("two", 3);
  begin_with(4, {sharer("one"), sharer("two")});
  time.advance(5min);
  EXPECT_THAT(instances(), SizeIs(4));
  EXPECT_EQ(snapshot(0).counts.useful(), 2) << "equal weights, equal shares";
  EXPECT_EQ(snapshot(1).counts.useful(), 2);
  EXPECT_EQ(snapshot(0).capacity, 2);
}

TEST_F(BudgetTest, AScaleSetWithoutABudgetIsNotLimited) {
  wants("one", 3);
  begin_with(1, {settings("one"), sharer("two")});
  EXPECT_THAT(instances(), SizeIs(3));
  EXPECT_EQ(snapshot(1).capacity, 1) << "the budget is free";
}

TEST_F(BudgetTest, AReserveIsKeptFree) {
  wants("one", 5);
  auto two = sharer("two");
  two.budget.reserve = 1;
  begin_with(3, {sharer("one"), two});
  EXPECT_THAT(instances(), SizeIs(2));
  EXPECT_EQ(snapshot(1).capacity, 1) << "it may offer what is its own";
}

TEST_F(BudgetTest, WhatEndsIsGivenToWhomeverWaits) {
  wants("one", 1);
  wants("two", 1);
  begin_with(1, {sharer("one"), sharer("two")});
  ASSERT_THAT(instances(), SizeIs(1));
  bool const one_first = snapshot(0).counts.useful() == 1;
  auto const name = instances().front();
  machine.find(name)->busy();
  time.advance(10min);
  EXPECT_THAT(instances(), ElementsAre(name)) << "the other one waits";
  services[one_first ? "one" : "two"].messages = {
      testing::PretendService::message(1, "JobCompleted", name, 0)};
  end(name);
  time.advance(5min);
  EXPECT_EQ(snapshot(one_first ? 1 : 0).counts.useful(), 1);
}

TEST_F(BudgetTest, ARaisedBudgetStartsWhatWaits) {
  wants("one", 3);
  begin_with(1, {sharer("one")});
  EXPECT_THAT(instances(), SizeIs(1));
  house->budget({{"host", {{{"slots", 2}}, 1}}});
  time.advance(10s);
  EXPECT_THAT(instances(), SizeIs(2));
}

TEST_F(BudgetTest, ALoweredBudgetEndsNoRunner) {
  wants("one", 3);
  begin_with(3, {sharer("one")});
  ASSERT_THAT(instances(), SizeIs(3));
  for (auto const& name : instances()) machine.find(name)->busy();
  house->budget({{"host", {{{"slots", 1}}, 1}}});
  time.advance(20min);
  EXPECT_THAT(instances(), SizeIs(3));
}

TEST_F(BudgetTest, RunnersOfAnEarlierProcessCountBeforeTheyAreFound) {
  an_earlier_process_left_a_runner_to("two");
  machine.faults[backends::PretendFault::failing_list] = 1.0;
  wants("one", 1);
  begin_with(1, {sharer("one"), sharer("two")});
  machine.faults.clear();
  EXPECT_THAT(instances(), IsEmpty()) << "nobody knows whether it still runs";
}

TEST_F(BudgetTest, RunnersOfAScaleSetThatCannotBeServedCount) {
  an_earlier_process_left_a_runner_to("two");
  bad_backends.emplace("two", Error(ErrorCode::backend, "there is no such folder"));
  wants("one", 2);
  begin_with(2, {sharer("one"), sharer("two")});
  time.advance(2min);
  EXPECT_THAT(instances(), SizeIs(1)) << "the other place is taken, as far as anybody knows";
}

TEST_F(BudgetTest, RunnersOfAScaleSetThatIsOpenedAnewCount) {
  wants("two", 1);
  begin_with(2, {sharer("one"), sharer("two")});
  auto const runner = instances();
  ASSERT_THAT(runner, SizeIs(1));
  machine.find(runner.front())->busy();
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 2)};
  bad_backends.emplace("two", Error(ErrorCode::backend, "there is no such folder"));
  auto two = sharer("two");
  two.fleet.stop_grace += 1s;
  house->serve({sharer("one"), two}, Missing::stay);
  time.advance(5min);
  EXPECT_THAT(instances(), SizeIs(2)) << "one more, although its scale set is not served now";
}

TEST_F(BudgetTest, NothingIsGivenBeforeItIsKnownWhatAnEarlierProcessHasLeft) {
  an_earlier_process_left_a_runner_to("two");
  book.slow[owner("two").url] = 5min;
  machine.faults[backends::PretendFault::failing_list] = 0;
  begin_with(1, {sharer("one")});
  machine.faults[backends::PretendFault::failing_list] = 1.0;
  house->serve({sharer("one"), sharer("two")}, Missing::drain);
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 1)};
  time.advance(10min);
  machine.faults.clear();
  EXPECT_THAT(instances(), IsEmpty()) << "nobody knows whether the other one's still runs";
}

TEST_F(BudgetTest, OneThatCannotBeOpenedKeepsNothingFromTheOthers) {
  book.unreadable.emplace(owner("two").url, Error(ErrorCode::io, "its row cannot be read"));
  wants("one", 1);
  begin_with(1, {sharer("one"), sharer("two")});
  EXPECT_THAT(instances(), SizeIs(1));
}

TEST_F(BudgetTest, OneThatAnOperatorHasPausedHasNoTurn) {
  begin_with(1, {sharer("one"), sharer("two")});
  spawn(pause(house->sets()[0]));
  services["two"].messages = {testing::PretendService::message(1, "JobAssigned", "", 0)};
  time.advance(5min);
  for (int minute = 0; minute < 10; ++minute) {
    EXPECT_EQ(snapshot(1).capacity, 1) << minute;
    time.advance(1min);
  }
}

TEST_F(BudgetTest, OneOfThoseThatNeedNothingOffersARunner) {
  begin_with(1, {sharer("one"), sharer("two")});
  auto const offering = [this] { return snapshot(0).capacity + snapshot(1).capacity; };
  EXPECT_EQ(offering(), 1);
  for (int minute = 0; minute < 60; ++minute) {
    time.advance(1min);
    EXPECT_LE(offering(), 1);
  }
}

TEST_F(BudgetTest, APollIsCutForLessAndNotForMoreThatNobodyNeeds) {
  auto one = sharer("one");
  one.budget.reserve = 2;
  begin_with(4, {one});
  EXPECT_EQ(snapshot().capacity, 3);
  int const polls = services["one"].polls;
  one.budget.reserve = 3;
  house->serve({one}, Missing::stay);
  time.advance(1s);
  EXPECT_EQ(services["one"].polls, polls) << "no job waits for it";
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 0)};
  time.advance(5min);
  EXPECT_EQ(snapshot().capacity, 4) << "it is offered with the next poll";
  int const later = services["one"].polls;
  one.budget.reserve = 0;
  house->serve({one}, Missing::stay);
  time.advance(1s);
  EXPECT_EQ(services["one"].polls, later + 1);
  EXPECT_EQ(snapshot().capacity, 1);
}

// With nothing offered, the next poll would be held for as long as any other.
TEST_F(BudgetTest, ABudgetThatAReloadBringsIsInForceWithoutAPollThatOffersNothing) {
  stays = true;
  budgets = {{"host", {{{"slots", 2}}, 1}}};
  start({settings("one")});
  time.advance(10s);
  ASSERT_GT(snapshot().capacity, 1);
  house->serve({sharer("one")}, Missing::stay);
  EXPECT_GT(snapshot().capacity, 0);
  time.advance(1s);
  EXPECT_EQ(snapshot().capacity, 1);
}

TEST_F(BudgetTest, AnEmptyBudgetOffersNothing) {
  wants("one", 1);
  begin_with(1, {sharer("one"), sharer("two")});
  EXPECT_EQ(snapshot(0).capacity, 1);
  EXPECT_EQ(snapshot(1).capacity, 0);
}

}  // namespace
}  // namespace scaleset::daemon
