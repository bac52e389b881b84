#include "fleet/budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;

constexpr TimePoint kNow{std::chrono::hours(1)};

Budget slots(double number) {
  Budget budget;
  budget.total = {{"slots", number}};
  return budget;
}

Sharer sharer(int useful, int wanted) {
  Sharer one;
  one.cost = {{"slots", 1}};
  one.max = 100;
  one.useful = useful;
  one.needed = one.wanted = wanted;
  return one;
}
/// Of the runners that it wants, so many are for jobs; the others stand by.
Sharer standing_by(int useful, int wanted, int needed) {
  Sharer one = sharer(useful, wanted);
  one.needed = needed;
  return one;
}
Sharer waiting(int useful, int wanted, std::chrono::milliseconds since) {
  Sharer one = sharer(useful, wanted);
  one.waiting_since = kNow - since;
  return one;
}
/// It has nothing, and nobody could tell it of jobs.
Sharer silent(std::chrono::milliseconds since) {
  Sharer one = sharer(0, 0);
  one.silent_since = kNow - since;
  return one;
}
Sharer reserving(int reserve, int useful, int wanted) {
  Sharer one = sharer(useful, wanted);
  one.reserve = reserve;
  return one;
}

std::vector<int> may_have(Budget const& budget, std::vector<Sharer> const& sharers) {
  std::vector<int> result;
  for (Share const& share : divide(budget, sharers, kNow)) result.push_back(share.may_have);
  return result;
}
std::vector<int> may_offer(Budget const& budget, std::vector<Sharer> const& sharers) {
  std::vector<int> result;
  for (Share const& share : divide(budget, sharers, kNow)) result.push_back(share.may_offer);
  return result;
}

TEST(BudgetTest, WhatFitsIsGiven) {
  EXPECT_THAT(may_have(slots(10), {sharer(1, 4), sharer(0, 3), sharer(2, 2)}),
              ElementsAre(4, 3, 2));
  EXPECT_THAT(may_have(slots(10), {}), ElementsAre());
}

TEST(BudgetTest, WhatIsFreeIsDividedByWeight) {
  Sharer heavy = sharer(0, 100);
  heavy.weight = 3;
  EXPECT_THAT(may_have(slots(8), {heavy, sharer(0, 100)}), ElementsAre(6, 2));
  EXPECT_THAT(may_have(slots(8), {heavy, sharer(0, 1)}), ElementsAre(7, 1));
  EXPECT_THAT(may_have(slots(8), {sharer(4, 100), sharer(0, 100)}), ElementsAre(6, 2))
      << "what is free is divided, not the whole";
}

TEST(BudgetTest, WhatCannotBeDividedGoesToWhoWaitsLongest) {
  EXPECT_THAT(
      may_have(slots(1), {waiting(0, 1, seconds(5)), waiting(0, 1, seconds(9)), sharer(0, 1)}),
      ElementsAre(0, 1, 0));
  EXPECT_THAT(may_have(slots(5), {waiting(0, 9, seconds(5)), waiting(0, 9, seconds(9))}),
              ElementsAre(2, 3));
  EXPECT_THAT(may_have(slots(2), {waiting(1, 2, seconds(9)), waiting(0, 1, seconds(5))}),
              ElementsAre(1, 1))
      << "who has less comes first";
}

// One that is silent for too long.

TEST(BudgetTest, ASilentOneMayOfferWhatOthersWaitFor) {
  std::vector<Sharer> const sharers{waiting(2, 9, minutes(1)), silent(minutes(10)),
                                    silent(minutes(15))};
  EXPECT_THAT(may_have(slots(3), sharers), ElementsAre(2, 0, 0));
  EXPECT_THAT(may_offer(slots(3), sharers), ElementsAre(2, 0, 1)) << "one at a time";
  EXPECT_THAT(may_have(slots(4), sharers), ElementsAre(3, 0, 0)) << "the rest is given";
  EXPECT_THAT(may_offer(slots(2), sharers), ElementsAre(2, 0, 0)) << "nothing is free";
}

TEST(BudgetTest, ASilentOneWaitsItsTime) {
  auto const offers = [](std::chrono::milliseconds silence, std::size_t others) {
    std::vector<Sharer> sharers(others, waiting(1, 9, seconds(1)));
    sharers.push_back(silent(silence));
    return may_offer(slots(static_cast<double>(others + 1)), sharers).back();
  };
  EXPECT_EQ(offers(minutes(10) - seconds(1), 1), 0);
  EXPECT_EQ(offers(minutes(10), 1), 1);
  EXPECT_EQ(offers(minutes(49), 9), 0) << "the more there are, the longer";
  EXPECT_EQ(offers(minutes(50), 9), 1);
}

TEST(BudgetTest, WhoHasWaitedLongerThanASilentOneComesFirst) {
  EXPECT_THAT(may_have(slots(1), {waiting(0, 1, minutes(30)), silent(minutes(20))}),
              ElementsAre(1, 0));
  EXPECT_THAT(may_have(slots(1), {waiting(0, 1, minutes(5)), silent(minutes(20))}),
              ElementsAre(0, 0));
}

TEST(BudgetTest, ALargeSilentOneIsWaitedFor) {
  Sharer large = silent(minutes(10));
  large.cost = {{"slots", 2}};
  EXPECT_THAT(may_have(slots(3), {sharer(2, 9), large}), ElementsAre(2, 0));
  EXPECT_THAT(may_offer(slots(3), {sharer(1, 9), large}), ElementsAre(1, 1));
  large.cost = {{"slots", 4}};
  EXPECT_THAT(may_have(slots(3), {sharer(2, 9), large}), ElementsAre(3, 0)) << "it never fits";
}

TEST(BudgetTest, OneThatTakesNoJobsHasNoTurn) {
  Sharer paused = silent(minutes(20));
  paused.takes_jobs = false;
  EXPECT_THAT(may_have(slots(3), {sharer(2, 9), paused}), ElementsAre(3, 0));
  EXPECT_THAT(may_offer(slots(3), {sharer(0, 0), paused}), ElementsAre(1, 0));
}

TEST(BudgetTest, NobodyGetsMoreThanTheMaximum) {
  Sharer small = sharer(0, 50);
  small.max = 2;
  EXPECT_THAT(may_have(slots(10), {small}), ElementsAre(2));
  EXPECT_THAT(may_offer(slots(10), {small}), ElementsAre(2));
  small.needed = small.wanted = 0;
  small.useful = 2;
  EXPECT_THAT(may_offer(slots(10), {small}), ElementsAre(2));
}

TEST(BudgetTest, RunnersThatAreThereStay) {
  EXPECT_THAT(may_have(slots(2), {sharer(5, 9), sharer(0, 1)}), ElementsAre(5, 0))
      << "the budget was lowered";
  EXPECT_THAT(may_have(slots(10), {sharer(5, 1)}), ElementsAre(5));
}

TEST(BudgetTest, AReserveIsKeptFree) {
  EXPECT_THAT(may_have(slots(4), {sharer(0, 9), reserving(2, 0, 0)}), ElementsAre(2, 0));
  EXPECT_THAT(may_have(slots(4), {sharer(2, 9), reserving(2, 0, 1)}), ElementsAre(2, 1));
  EXPECT_THAT(may_have(slots(4), {sharer(2, 9), reserving(2, 1, 9)}), ElementsAre(2, 2));
  EXPECT_THAT(may_have(slots(4), {sharer(4, 9), reserving(2, 0, 9)}), ElementsAre(4, 0))
      << "a budget that was lowered has no room for the reserve";
  EXPECT_THAT(may_have(slots(4), {sharer(3, 9), reserving(2, 0, 9)}), ElementsAre(3, 1));
}

TEST(BudgetTest, EachResourceCounts) {
  Budget budget;
  budget.total = {{"cpu", 8}, {"memory", 10}};
  Sharer large = sharer(0, 9);
  large.cost = {{"cpu", 1}, {"memory", 4}};
  Sharer small = sharer(0, 9);
  small.cost = {{"cpu", 1}};
  EXPECT_THAT(may_have(budget, {large, small}), ElementsAre(2, 6));
  Sharer unknown = sharer(0, 9);
  unknown.cost = {{"gpu", 1}};
  EXPECT_THAT(may_have(budget, {unknown}), ElementsAre(0)) << "there is none";
}

TEST(BudgetTest, TenthsFillABudget) {
  Sharer tenth = sharer(0, 100);
  tenth.cost = {{"slots", 0.1}};
  EXPECT_THAT(may_have(slots(1), {tenth}), ElementsAre(10));
  tenth.useful = 7;
  EXPECT_THAT(may_have(slots(1), {tenth}), ElementsAre(10));
}

TEST(BudgetTest, FreeSpaceIsKeptForALargeRunnerThatHasWaitedTooLong) {
  Sharer large = waiting(0, 1, kBudgetPatience - seconds(1));
  large.cost = {{"slots", 3}};
  Sharer const small = sharer(2, 9);
  EXPECT_THAT(may_have(slots(4), {large, small}), ElementsAre(0, 4));
  large.waiting_since = kNow - kBudgetPatience;
  EXPECT_THAT(may_have(slots(4), {large, small}), ElementsAre(0, 2));
  EXPECT_THAT(may_have(slots(5), {large, small}), ElementsAre(1, 2));
  EXPECT_THAT(may_have(slots(4), {large, reserving(3, 2, 9)}), ElementsAre(0, 4))
      << "it would never fit beside the reserve, so nothing is kept for it";
}

TEST(BudgetTest, WhoWantsNothingOffersItsReserve) {
  Budget budget = slots(4);
  budget.overcommit = 0;
  Sharer busy = sharer(2, 2);
  busy.last_turn = kNow;
  EXPECT_THAT(may_offer(budget, {reserving(2, 1, 1), busy}), ElementsAre(2, 2));
}

TEST(BudgetTest, IdleSetsOfferOneMoreInTurn) {
  Budget budget = slots(1);
  budget.overcommit = 2;
  Sharer now_in_turn = sharer(0, 0);
  now_in_turn.last_turn = kNow - seconds(59);
  Sharer turn_over = sharer(0, 0);
  turn_over.last_turn = kNow - minutes(1);
  Sharer const never = sharer(0, 0);
  EXPECT_THAT(may_offer(budget, {turn_over, now_in_turn, never, sharer(0, 0)}),
              ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(may_offer(slots(0), {never}), ElementsAre(0)) << "nothing is free";
  EXPECT_THAT(may_have(budget, {never}), ElementsAre(0)) << "an offer is not a runner";
}

TEST(BudgetTest, RunnersThatStandByMakeRoomForTurnsToo) {
  Budget budget = slots(2);
  budget.overcommit = 2;
  Sharer never = sharer(0, 0);
  never.last_turn = kNow - seconds(1);
  EXPECT_THAT(may_offer(budget, {standing_by(2, 2, 0), never, never, never}),
              ElementsAre(2, 1, 1, 0));
  EXPECT_THAT(may_offer(budget, {standing_by(2, 2, 1), never, never, never}),
              ElementsAre(2, 1, 0, 0))
      << "one would make room";
  EXPECT_THAT(may_offer(budget, {sharer(2, 2), never, never}), ElementsAre(2, 0, 0))
      << "a job that is assigned and gets no runner fails";
  EXPECT_THAT(may_have(budget, {standing_by(2, 2, 0), never}), ElementsAre(2, 0))
      << "nobody has to go for a turn";
}

TEST(BudgetTest, OfTurnsThatBeganTogetherThoseWithoutFreeRoomComeFirst) {
  Budget budget = slots(3);
  budget.overcommit = 1;
  Sharer small = standing_by(2, 2, 0);
  small.last_turn = kNow;
  Sharer large = sharer(0, 0);
  large.cost = {{"slots", 2}};
  large.last_turn = kNow;
  EXPECT_THAT(may_offer(budget, {small, large}), ElementsAre(3, 1));
  EXPECT_THAT(may_offer(budget, {large, small}), ElementsAre(1, 3));
  large.last_turn = kNow - seconds(1);
  EXPECT_THAT(may_offer(budget, {small, large}), ElementsAre(3, 1)) << "its turn began earlier";
  small.last_turn = kNow - seconds(2);
  EXPECT_THAT(may_offer(budget, {small, large}), ElementsAre(3, 0));
}

TEST(BudgetTest, JobsComeBeforeRunnersThatStandBy) {
  EXPECT_THAT(may_have(slots(3), {standing_by(0, 3, 0), sharer(0, 2)}), ElementsAre(1, 2));
  EXPECT_THAT(may_have(slots(3), {standing_by(0, 3, 1), standing_by(0, 9, 1)}), ElementsAre(2, 1));
}

TEST(BudgetTest, WhatIsMadeFreeForAJobIsKeptForIt) {
  Sharer large = sharer(0, 1);
  large.cost = {{"slots", 2}};
  EXPECT_THAT(may_have(slots(3), {standing_by(1, 2, 1), large, sharer(1, 1)}),
              ElementsAre(1, 0, 1));
  large.cost = {{"slots", 4}};
  EXPECT_THAT(may_have(slots(3), {standing_by(1, 2, 1), large, sharer(1, 1)}), ElementsAre(2, 0, 1))
      << "its runner would never fit";
}

TEST(BudgetTest, WhatIsReservedMayStandBy) {
  Sharer reserving_two = standing_by(0, 3, 0);
  reserving_two.reserve = 2;
  EXPECT_THAT(may_have(slots(2), {reserving_two, sharer(0, 5)}), ElementsAre(2, 0));
}

TEST(BudgetTest, RunnersThatStandByMakeRoomForJobs) {
  EXPECT_THAT(may_have(slots(3), {standing_by(3, 3, 0), sharer(0, 1)}), ElementsAre(2, 0))
      << "it gets its runner when there is room";
  EXPECT_THAT(may_have(slots(5), {standing_by(2, 2, 0), standing_by(3, 3, 0), sharer(0, 2)}),
              ElementsAre(1, 2, 0))
      << "who has most gives first";
  EXPECT_THAT(may_have(slots(3), {standing_by(3, 3, 3), sharer(0, 1)}), ElementsAre(3, 0))
      << "jobs keep their runners";
  Sharer reserving_two = standing_by(3, 3, 0);
  reserving_two.reserve = 2;
  EXPECT_THAT(may_have(slots(3), {reserving_two, sharer(0, 3)}), ElementsAre(2, 0))
      << "and so does who has a reserve";
  EXPECT_THAT(may_have(slots(3), {standing_by(3, 3, 0), standing_by(0, 1, 0)}), ElementsAre(3, 0))
      << "nobody gives anything for others that stand by";
  Sharer large = sharer(0, 1);
  large.cost = {{"slots", 3}};
  EXPECT_THAT(may_have(slots(3), {standing_by(2, 2, 1), large}), ElementsAre(2, 0))
      << "it would not be enough";
}

// What holds for any budget.

struct Situation {
  Budget budget;
  std::vector<Sharer> sharers;
};

Situation random_situation(std::mt19937& random) {
  auto const pick = [&random](int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random);
  };
  Situation situation;
  situation.budget.total = {{"slots", pick(0, 20)}, {"memory", pick(0, 64)}};
  situation.budget.overcommit = pick(0, 4);
  for (int i = pick(1, 12); i > 0; --i) {
    Sharer one;
    one.cost = {{"slots", pick(0, 3)}, {"memory", pick(1, 9)}};
    one.weight = pick(1, 10) * 0.5;
    one.reserve = pick(0, 2);
    one.max = pick(0, 8);
    one.useful = pick(0, 3);
    one.wanted = pick(0, 10);
    one.needed = pick(0, one.wanted);
    if (one.needed > one.useful && pick(0, 1) > 0) one.waiting_since = kNow - minutes(pick(0, 9));
    one.last_turn = kNow - seconds(pick(0, 120));
    situation.sharers.push_back(std::move(one));
  }
  return situation;
}

double used(std::vector<Sharer> const& sharers, std::string const& resource, auto count) {
  double sum = 0;
  for (std::size_t i = 0; i < sharers.size(); ++i)
    if (auto const found = sharers[i].cost.find(resource); found != sharers[i].cost.end())
      sum += found->second * count(i);
  return sum;
}

TEST(BudgetTest, WhatAllMayHaveFitsIntoTheBudget) {
  std::mt19937 random(7);
  for (int round = 0; round < 5000; ++round) {
    Situation const situation = random_situation(random);
    Budget const& budget = situation.budget;
    auto const& sharers = situation.sharers;
    auto const shares = divide(budget, sharers, kNow);
    ASSERT_EQ(shares.size(), sharers.size());
    bool grows = false;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      int const reserve = std::min(sharers[i].reserve, sharers[i].max);
      ASSERT_GE(shares[i].may_have,
                std::min(sharers[i].useful, std::max(sharers[i].needed, reserve)));
      ASSERT_LE(shares[i].may_have,
                std::max(sharers[i].useful, std::min(sharers[i].wanted, sharers[i].max)));
      ASSERT_GE(shares[i].may_offer, shares[i].may_have);
      ASSERT_LE(shares[i].may_offer, std::max(sharers[i].max, sharers[i].useful));
      grows = grows || shares[i].may_have > sharers[i].useful;
    }
    for (auto const& [resource, total] : budget.total) {
      double const sum = used(sharers, resource, [&](std::size_t i) { return shares[i].may_have; });
      double const there =
          used(sharers, resource, [&](std::size_t i) { return sharers[i].useful; });
      ASSERT_LE(sum, std::max(total, there) + 1e-6) << resource << " in round " << round;
    }
  }
}

TEST(BudgetTest, WhatAllOfferIsLimited) {
  std::mt19937 random(8);
  for (int round = 0; round < 5000; ++round) {
    Situation const situation = random_situation(random);
    Budget const& budget = situation.budget;
    auto const& sharers = situation.sharers;
    auto const shares = divide(budget, sharers, kNow);
    for (auto const& [resource, total] : budget.total) {
      double const there =
          used(sharers, resource, [&](std::size_t i) { return sharers[i].useful; });
      double const offered =
          used(sharers, resource, [&](std::size_t i) { return shares[i].may_offer; });
      double const free = std::max(0.0, total - there);
      // A runner costs at most 9 of anything here.
      ASSERT_LE(offered, std::max(total, there) + (free + 9) * budget.overcommit + 1e-6);
    }
  }
}

/// Scale sets whose jobs last some rounds each, on a budget.
class Contention {
 public:
  Contention(Budget budget, std::vector<Sharer> sharers, std::vector<int> job_rounds)
      : budget_(std::move(budget)),
        sharers_(std::move(sharers)),
        job_rounds_(std::move(job_rounds)) {
    ends_.resize(sharers_.size());
    longest_wait_.resize(sharers_.size());
  }
  void set_budget(Budget budget) { budget_ = std::move(budget); }
  /// A round of ten seconds: jobs end, the budget is divided, and runners start.
  void step() {
    now_ += seconds(10);
    ++round_;
    for (std::size_t i = 0; i < sharers_.size(); ++i) {
      std::erase(ends_[i], round_);
      sharers_[i].useful = static_cast<int>(ends_[i].size());
    }
    auto const shares = divide(budget_, sharers_, now_);
    for (std::size_t i = 0; i < sharers_.size(); ++i) start(i, shares[i].may_have);
  }
  [[nodiscard]] std::chrono::milliseconds longest_wait(std::size_t i) const {
    return longest_wait_[i];
  }
  [[nodiscard]] double used_slots() const {
    return used(sharers_, "slots", [this](std::size_t i) { return sharers_[i].useful; });
  }

 private:
  void start(std::size_t i, int may_have) {
    Sharer& one = sharers_[i];
    bool const gets_one = may_have > one.useful;
    for (; one.useful < may_have; ++one.useful) ends_[i].push_back(round_ + job_rounds_[i]);
    bool const waits = one.useful < one.needed;
    if (one.waiting_since)
      longest_wait_[i] = std::max(
          longest_wait_[i],
          std::chrono::duration_cast<std::chrono::milliseconds>(now_ - *one.waiting_since));
    if (gets_one || !waits) one.waiting_since.reset();
    if (waits && !one.waiting_since) one.waiting_since = now_;
  }

  Budget budget_;
  std::vector<Sharer> sharers_;
  std::vector<int> job_rounds_;
  std::vector<std::vector<int>> ends_;
  std::vector<std::chrono::milliseconds> longest_wait_;
  TimePoint now_ = kNow;
  int round_ = 0;
};

TEST(BudgetContention, TenSetsOnThreeSlotsAllGetTheirTurn) {
  Contention contention(slots(3), std::vector<Sharer>(10, sharer(0, 5)), std::vector<int>(10, 6));
  for (int i = 0; i < 2000; ++i) {
    contention.step();
    ASSERT_LE(contention.used_slots(), 3);
  }
  // Ten turns of three at a time, each of a minute.
  for (std::size_t i = 0; i < 10; ++i) EXPECT_LE(contention.longest_wait(i), minutes(5)) << i;
}

TEST(BudgetContention, OneThatNeverGivesBackLeavesTheRestToTheOthers) {
  std::vector<int> rounds(10, 6);
  rounds[0] = 1000000;
  std::vector<Sharer> sharers(10, sharer(0, 5));
  sharers[0].max = sharers[0].needed = sharers[0].wanted = 2;
  Contention contention(slots(3), sharers, rounds);
  for (int i = 0; i < 2000; ++i) contention.step();
  for (std::size_t i = 1; i < 10; ++i) EXPECT_LE(contention.longest_wait(i), minutes(11)) << i;
}

TEST(BudgetContention, ALargeRunnerIsNotStarvedBySmallOnes) {
  std::vector<Sharer> sharers(5, sharer(0, 9));
  sharers[0].cost = {{"slots", 4}};
  // Jobs of different lengths, so that four slots are never free at once by chance.
  Contention contention(slots(4), sharers, {6, 5, 7, 11, 13});
  for (int i = 0; i < 3000; ++i) contention.step();
  EXPECT_LE(contention.longest_wait(0), kBudgetPatience + minutes(3));
}

TEST(BudgetContention, ABudgetThatIsLoweredEndsNoRunner) {
  Contention contention(slots(6), std::vector<Sharer>(3, sharer(0, 9)), {6, 6, 6});
  contention.step();
  EXPECT_EQ(contention.used_slots(), 6);
  contention.set_budget(slots(2));
  contention.step();
  EXPECT_EQ(contention.used_slots(), 6);
  for (int i = 0; i < 10; ++i) contention.step();
  EXPECT_EQ(contention.used_slots(), 2);
}

}  // namespace
}  // namespace scaleset::fleet
