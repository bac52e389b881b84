#include "protocol/machines/offer_book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "protocol/machines/testing/messages.hpp"

namespace scaleset::protocol {
namespace {

using testing::assigned;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::job;

JobMessage offer(std::int64_t id, std::int64_t queued_seconds = 0) {
  auto available = job<JobAvailable>(id);
  if (queued_seconds != 0) {
    available.job.queued_at = Timestamp(std::chrono::seconds(queued_seconds));
  }
  return available;
}

TEST(OfferBook, HasNothingToAskForAtFirst) {
  OfferBook const book;
  EXPECT_THAT(book.affordable(10), IsEmpty());
}

TEST(OfferBook, AsksForTheOldestThatFit) {
  OfferBook book;
  book.take({offer(3, 30), offer(1, 40), offer(2, 10), offer(4, 10)});
  EXPECT_THAT(book.affordable(3), ElementsAre(RequestId{2}, RequestId{4}, RequestId{3}));
  EXPECT_THAT(book.affordable(0), IsEmpty());
  EXPECT_THAT(book.affordable(-1), IsEmpty());
  book.know(assigned(2));
  EXPECT_THAT(book.affordable(3), ElementsAre(RequestId{2}));
  book.know(assigned(5));
  EXPECT_THAT(book.affordable(3), IsEmpty());
}

TEST(OfferBook, WhatWasRefusedIsNotAskedFor) {
  OfferBook book;
  std::vector<JobMessage> const jobs{offer(1), offer(2), offer(3)};
  book.take(jobs, {RequestId{2}, RequestId{9}});
  EXPECT_THAT(book.affordable(10), ElementsAre(RequestId{1}, RequestId{3}));
  book.take({offer(4)}, {});
  EXPECT_THAT(book.affordable(10), ElementsAre(RequestId{1}, RequestId{3}, RequestId{4}));
  // Offered anew, it can be chosen.
  book.take({offer(2)});
  EXPECT_THAT(book.affordable(1), ElementsAre(RequestId{1}));
  EXPECT_TRUE(book.has_any_of({offer(2)}));
}

TEST(OfferBook, WhatWasAcquiredAndIsNotAssignedYetTakesRoomToo) {
  OfferBook book;
  book.take({offer(1), offer(2), offer(3)});
  auto statistics = assigned(1);
  statistics.acquired_jobs = 1;
  book.know(statistics);
  EXPECT_THAT(book.affordable(3), ElementsAre(RequestId{1}));
  EXPECT_THAT(book.affordable(2), IsEmpty());
  statistics.acquired_jobs = std::numeric_limits<std::int64_t>::max();
  statistics.assigned_jobs = std::numeric_limits<std::int64_t>::max();
  book.know(statistics);
  EXPECT_THAT(book.affordable(1000), IsEmpty());
}

TEST(OfferBook, CountsGrantsUntilTheNextStatistics) {
  OfferBook book;
  book.take({offer(1), offer(2), offer(3), offer(4)});
  EXPECT_THAT(book.affordable(2), ElementsAre(RequestId{1}, RequestId{2}));
  book.record_answer({RequestId{1}, RequestId{2}}, 1);
  EXPECT_THAT(book.affordable(2), ElementsAre(RequestId{3}));
  book.record_answer({RequestId{3}}, 1);
  EXPECT_THAT(book.affordable(2), IsEmpty());
  book.know(assigned(1));
  EXPECT_THAT(book.affordable(2), ElementsAre(RequestId{4}));
}

TEST(OfferBook, IsNotFooledByMoreGrantsThanWereAskedFor) {
  OfferBook book;
  book.take({offer(1), offer(2)});
  book.record_answer({RequestId{1}}, 1000);
  EXPECT_THAT(book.affordable(2), ElementsAre(RequestId{2}));
}

TEST(OfferBook, ForgetsOffersThatBecameJobs) {
  OfferBook book;
  book.take({offer(1), offer(2), offer(3), offer(4)});
  book.take({job<JobAssigned>(1), job<JobStarted>(2), job<JobCompleted>(3)});
  EXPECT_THAT(book.affordable(10), ElementsAre(RequestId{4}));
}

TEST(OfferBook, KeepsARepeatedOfferOnce) {
  OfferBook book;
  book.take({offer(1, 10), offer(1, 10)});
  book.take({offer(1, 10)});
  EXPECT_THAT(book.affordable(10), ElementsAre(RequestId{1}));
}

TEST(OfferBook, IgnoresWhatCannotBeAcquired) {
  OfferBook book;
  book.take({offer(0), UnknownJobMessage()});
  EXPECT_THAT(book.affordable(10), IsEmpty());
}

TEST(OfferBook, KnowsWhetherAMessagesOffersAreStillOpen) {
  OfferBook book;
  std::vector<JobMessage> const jobs{job<JobAssigned>(7), offer(1)};
  EXPECT_FALSE(book.has_any_of(jobs));
  book.take(jobs);
  EXPECT_TRUE(book.has_any_of(jobs));
  EXPECT_FALSE(book.has_any_of({job<JobAssigned>(1), offer(2)}));
  book.record_answer({RequestId{1}}, 1);
  EXPECT_FALSE(book.has_any_of(jobs));
  book.take(jobs);
  book.replace({});
  EXPECT_FALSE(book.has_any_of(jobs));
}

TEST(OfferBook, KeepsTheOldestThousand) {
  OfferBook book;
  for (std::int64_t id = 1; id <= 1500; ++id) book.take({offer(id, 5000 - id)});
  auto const all = book.affordable(5000);
  EXPECT_EQ(all.size(), 1000U);
  EXPECT_EQ(all.front(), RequestId{1500});
}

TEST(OfferBook, SurvivesAbsurdCounts) {
  OfferBook book;
  book.take({offer(1)});
  book.know(assigned(std::numeric_limits<std::int64_t>::max()));
  EXPECT_THAT(book.affordable(std::numeric_limits<int>::max()), IsEmpty());
  book.know(assigned(std::numeric_limits<std::int64_t>::min()));
  EXPECT_THAT(book.affordable(1), ElementsAre(RequestId{1}));
}

Statistics available(std::int64_t jobs) {
  Statistics statistics;
  statistics.available_jobs = jobs;
  return statistics;
}

TEST(OfferBook, IsCompleteUnlessTheServiceCountsMore) {
  OfferBook book;
  EXPECT_TRUE(book.is_complete());
  book.know(available(2));
  EXPECT_FALSE(book.is_complete());
  book.take({offer(1), offer(2)}, {RequestId{2}});
  EXPECT_TRUE(book.is_complete()) << "a refused offer is known, too";
  book.know(available(3));
  EXPECT_FALSE(book.is_complete());
  book.record_answer({RequestId{1}}, 1);
  EXPECT_FALSE(book.is_complete());
  book.know(available(-1));
  EXPECT_TRUE(book.is_complete());
}

TEST(OfferBook, AnAcquiredJobIsNoLongerAvailable) {
  OfferBook book;
  book.know(available(1));
  book.take({offer(1)});
  book.record_answer({RequestId{1}}, 1);
  EXPECT_TRUE(book.is_complete());
}

TEST(OfferBook, WhatTheServiceListsTakesThePlaceOfWhatWasKnown) {
  OfferBook book;
  book.take({offer(1), offer(2)});
  book.know(available(5));
  JobAvailable const newer = std::get<JobAvailable>(offer(3, 30));
  JobAvailable const older = std::get<JobAvailable>(offer(4, 20));
  book.replace({newer, older, newer}, {});
  EXPECT_THAT(book.affordable(10), ElementsAre(RequestId{4}, RequestId{3}));
  EXPECT_TRUE(book.is_complete()) << "the list is newer than the count";
  book.replace({newer, older}, {RequestId{4}});
  EXPECT_THAT(book.affordable(10), ElementsAre(RequestId{3}));
  book.replace({}, {});
  EXPECT_THAT(book.affordable(10), IsEmpty());
}

TEST(OfferBook, OneThatIsFullCountsAsComplete) {
  OfferBook book;
  std::vector<JobMessage> many;
  for (std::int64_t id = 1; id <= 1001; ++id) many.push_back(offer(id));
  book.take(many);
  book.know(available(5000));
  EXPECT_TRUE(book.is_complete());
}

}  // namespace
}  // namespace scaleset::protocol
