#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/machines/testing/listener_machine_fixture.hpp"

/// Offers that the listener does not know: those of the time before its session, and those that it
/// could not acquire (I7).
namespace scaleset::protocol::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Statistics available(std::int64_t jobs) {
  Statistics statistics;
  statistics.available_jobs = jobs;
  return statistics;
}

class ListenerMachineOffers : public ListenerMachineTest {
 protected:
  /// To the question of a new session.
  void open_to_look() {
    expect(machine.started(at()), Kind::open_session);
    expect(machine.session_opened(at(), assigned(0)), Kind::apply);
    expect(machine.applied(at()), Kind::look_for_offers);
  }
  /// A poll that brings new statistics and no job, up to what follows its acknowledgement.
  ListenerAction after_statistics(std::int64_t id, Statistics const& statistics) {
    expect(machine.message(at(), message(id, statistics)), Kind::apply);
    expect_acknowledge(machine.applied(at()), id);
    return machine.acknowledged(at());
  }
};

TEST_F(ListenerMachineOffers, ANewSessionAsksForThem) {
  capacity = 2;
  open_to_look();
  expect(machine.offers_found(at(),
                              {job<JobAvailable>(5), job<JobAvailable>(4), job<JobAvailable>(6)}),
         Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{4}, RequestId{5}));
  expect_poll(machine.acquired(at(), {RequestId{4}, RequestId{5}}), 0);
  // Both have ended.
  expect(machine.message(at(), message(7, assigned(0))), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{6}));
}

TEST_F(ListenerMachineOffers, EverySessionAsksAnew) {
  open();
  clock.advance(seconds(50));
  expect(machine.poll_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
  expect(machine.session_opened(at(), std::nullopt), Kind::look_for_offers);
}

TEST_F(ListenerMachineOffers, OnesThatAreNotWantedAreLeft) {
  open_to_look();
  expect(machine.offers_found(at(), {job<JobAvailable>(4), job<JobAvailable>(5)}, {RequestId{4}}),
         Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{5}));
  expect_poll(machine.acquired(at(), {RequestId{5}}), 0);
  clock.advance(seconds(50));
  expect_poll(after_statistics(7, available(1)), 7);
}

TEST_F(ListenerMachineOffers, AreAskedForWhenTheServiceCountsMoreThanAreKnown) {
  open();
  clock.advance(seconds(10));
  expect(after_statistics(7, available(2)), Kind::look_for_offers);
  expect(machine.offers_found(at(), {job<JobAvailable>(1), job<JobAvailable>(2)}), Kind::acquire);
  expect_poll(machine.acquired(at(), {RequestId{1}, RequestId{2}}), 7);
}

TEST_F(ListenerMachineOffers, AreAskedForEveryTenSecondsAtMost) {
  open();
  clock.advance(seconds(9));
  expect_poll(after_statistics(7, available(2)), 7);
  clock.advance(seconds(1));
  expect(machine.no_message(at()), Kind::look_for_offers);
  expect_poll(machine.offers_found(at(), {}), 7);
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::poll);
}

TEST_F(ListenerMachineOffers, AreNotAskedForWithoutRoom) {
  capacity = 0;
  open();
  clock.advance(seconds(50));
  expect_poll(after_statistics(7, available(2)), 7);
  capacity = 1;
  EXPECT_EQ(machine.capacity_changed(at()).kind, Kind::cancel);
  expect(machine.poll_failed(at(), error(ErrorCode::cancelled)), Kind::look_for_offers);
}

TEST_F(ListenerMachineOffers, AreAskedForWhenFewerAreGrantedThanWereAskedFor) {
  open();
  clock.advance(seconds(50));
  expect(machine.message(at(), with_offers(7, {1, 2})), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  expect_acknowledge(machine.acquired(at(), {RequestId{1}}), 7);
  expect(machine.acknowledged(at()), Kind::look_for_offers);
  // It was not another scale set's after all.
  expect(machine.offers_found(at(), {job<JobAvailable>(2)}), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{2}));
  // Whoever cannot have it asks now and then, not without end.
  expect_poll(machine.acquired(at(), {}), 7);
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::look_for_offers);
  expect_poll(machine.offers_found(at(), {}), 7);
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::poll);
}

TEST_F(ListenerMachineOffers, OfAMessageNeedNoQuestion) {
  open();
  clock.advance(seconds(50));
  Message offers = with_offers(7, {1});
  offers.statistics = available(1);
  expect(machine.message(at(), offers), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  expect_acknowledge(machine.acquired(at(), {RequestId{1}}), 7);
  expect_poll(machine.acknowledged(at()), 7);
}

TEST_F(ListenerMachineOffers, AServiceWithoutTheRouteIsNotAskedAgain) {
  open_to_look();
  expect_poll(machine.offers_failed(at(), error(ErrorCode::not_found)), 0);
  EXPECT_EQ(note(), "");
  clock.advance(minutes(5));
  expect_poll(after_statistics(7, available(2)), 7);
  expect(machine.poll_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
  expect(machine.session_opened(at(), assigned(0)), Kind::apply);
  expect_poll(machine.applied(at()), 0);
}

TEST_F(ListenerMachineOffers, AFailedQuestionIsRepeatedLaterAndLater) {
  open_to_look();
  expect_poll(machine.offers_failed(at(), error(ErrorCode::server_error)), 0);
  EXPECT_THAT(note(), HasSubstr("trying again later"));
  for (int const pause : {20, 40, 80, 160, 320, 640, 640}) {
    clock.advance(seconds(pause - 1));
    expect(machine.no_message(at()), Kind::poll);
    clock.advance(seconds(1));
    expect(machine.no_message(at()), Kind::look_for_offers);
    expect(machine.offers_failed(at(), error(ErrorCode::network)), Kind::poll);
  }
  clock.advance(seconds(640));
  expect(machine.no_message(at()), Kind::look_for_offers);
  expect(machine.offers_found(at(), {}), Kind::poll);
  clock.advance(seconds(10));
  expect(after_statistics(7, available(1)), Kind::look_for_offers);
}

TEST_F(ListenerMachineOffers, AFailedQuestionIsRepeatedWhateverLaterStatisticsSay) {
  open();
  clock.advance(seconds(10));
  expect(after_statistics(7, available(1)), Kind::look_for_offers);
  expect_poll(machine.offers_failed(at(), error(ErrorCode::server_error)), 7);
  clock.advance(minutes(2));
  expect(after_statistics(8, available(0)), Kind::look_for_offers);
  expect(machine.offers_found(at(), {job<JobAvailable>(1)}), Kind::acquire);
}

TEST_F(ListenerMachineOffers, WhatSomebodyElseHasLearnedOfTheScaleSetCounts) {
  open();
  clock.advance(seconds(50));
  machine.statistics_seen(available(1));
  expect(machine.no_message(at()), Kind::look_for_offers);
}

TEST_F(ListenerMachineOffers, AreAskedForAfterAMessageThatCannotBeReadWhole) {
  open();
  clock.advance(seconds(50));
  auto odd = message(7, available(0));
  UnknownJobMessage unreadable;
  unreadable.type = "JobAvailable";
  unreadable.problem = "the field jobId is not text";
  odd.jobs.emplace_back(unreadable);
  expect(machine.message(at(), odd), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
  expect(machine.acknowledged(at()), Kind::look_for_offers);
}

TEST_F(ListenerMachineOffers, ALostSessionIsNoticedHereToo) {
  open_to_look();
  expect(machine.offers_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
}

TEST_F(ListenerMachineOffers, ARefusedAcquisitionKeepsThemUntilTheServiceSaysWhichAreLeft) {
  open();
  clock.advance(seconds(50));
  expect(machine.message(at(), with_offers(7, {1, 2})), Kind::apply);
  for (ErrorCode const refusal :
       {ErrorCode::bad_request, ErrorCode::not_found, ErrorCode::conflict}) {
    SCOPED_TRACE(to_string(refusal));
    if (refusal == ErrorCode::bad_request) {
      expect(machine.applied(at()), Kind::acquire);
      expect_acknowledge(machine.acquire_failed(at(), error(refusal)), 7);
      expect(machine.acknowledged(at()), Kind::look_for_offers);
    } else {
      expect(machine.acquire_failed(at(), error(refusal)), Kind::poll);
      EXPECT_THAT(note(), HasSubstr("could not be acquired"));
      clock.advance(seconds(50));
      expect(machine.no_message(at()), Kind::look_for_offers);
    }
    expect(machine.offers_found(at(), {job<JobAvailable>(2)}), Kind::acquire);
    EXPECT_THAT(last.ids, ElementsAre(RequestId{2}));
  }
}

TEST_F(ListenerMachineOffers, ARefusedAcquisitionIsRepeatedIfNobodyCanSayWhichAreLeft) {
  open_to_look();
  expect_poll(machine.offers_failed(at(), error(ErrorCode::not_found)), 0);
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  expect(machine.acquire_failed(at(), error(ErrorCode::conflict)), Kind::keep_offers);
  expect_acknowledge(machine.offers_kept(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{1}));
}

TEST_F(ListenerMachineOffers, ARefusedAcquisitionIsRepeatedIfTheQuestionFails) {
  open();
  clock.advance(seconds(50));
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  expect_acknowledge(machine.acquire_failed(at(), error(ErrorCode::conflict)), 7);
  expect(machine.acknowledged(at()), Kind::look_for_offers);
  expect(machine.offers_failed(at(), error(ErrorCode::network)), Kind::acquire);
}

// A service without E18 offers a job once, so that only we know of the offers.

class OffersThatAreNotListed : public ListenerMachineOffers {
 protected:
  void SetUp() override {
    capacity = 1;
    open_to_look();
    expect_poll(machine.offers_failed(at(), error(ErrorCode::not_found)), 0);
  }
  /// The message brings the offers 1 to 3, of which the first is acquired.
  ListenerAction after_offers() {
    expect(machine.message(at(), with_offers(7, {1, 2, 3})), Kind::apply);
    expect(machine.applied(at()), Kind::acquire);
    return machine.acquired(at(), {RequestId{1}});
  }
  static std::vector<std::int64_t> requests(ListenerAction const& action) {
    std::vector<std::int64_t> found;
    found.reserve(action.offers.size());
    for (OpenOffer const& offer : action.offers) found.push_back(offer.request.value);
    return found;
  }
};

TEST_F(OffersThatAreNotListed, AreKeptBeforeTheirMessageIsAcknowledged) {
  expect(after_offers(), Kind::keep_offers);
  EXPECT_THAT(requests(last), ElementsAre(2, 3));
  expect_acknowledge(machine.offers_kept(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  // The first job has ended; what is acquired need not be kept any more.
  expect(machine.message(at(), message(8, assigned(0))), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  expect(machine.acquired(at(), {RequestId{2}}), Kind::keep_offers);
  EXPECT_THAT(requests(last), ElementsAre(3));
  expect_acknowledge(machine.offers_kept(at()), 8);
}

TEST_F(OffersThatAreNotListed, AMessageIsNotAcknowledgedAsLongAsTheyCannotBeKept) {
  expect(after_offers(), Kind::keep_offers);
  for (LogLevel const level : {LogLevel::warn, LogLevel::debug}) {
    auto const failed = machine.keep_failed(at(), error(ErrorCode::io));
    expect(failed, Kind::wait);
    EXPECT_EQ(failed.note->level, level) << "one line for one trouble";
    expect(machine.waited(at()), Kind::keep_offers);
  }
  // Polls go on, so that the session lives.
  expect(machine.keep_failed(at(), error(ErrorCode::io)), Kind::wait);
  expect_poll(machine.waited(at()), 7);
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::keep_offers);
  expect_acknowledge(machine.offers_kept(at()), 7);
}

TEST_F(OffersThatAreNotListed, AStopWhileTheyAreKeptAcknowledgesNothing) {
  expect(after_offers(), Kind::keep_offers);
  EXPECT_EQ(machine.stop_requested().kind, Kind::none);
  expect(machine.keep_failed(at(), error(ErrorCode::io)), Kind::close_session);
}

TEST_F(OffersThatAreNotListed, AreForgottenWithTheirScaleSet) {
  expect(after_offers(), Kind::keep_offers);
  expect_acknowledge(machine.offers_kept(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  clock.advance(seconds(50));
  expect(machine.poll_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
  expect(machine.scale_set_replaced(at()), Kind::open_session);
  expect(machine.session_opened(at(), std::nullopt), Kind::keep_offers);
  EXPECT_THAT(requests(last), ::testing::IsEmpty());
}

TEST_F(ListenerMachineOffers, ThoseThatAnEarlierProcessKeptAreAcquired) {
  capacity = 1;
  expect(machine.started(at(), {{RequestId{4}, Timestamp()}, {RequestId{5}, Timestamp()}}),
         Kind::open_session);
  expect(machine.session_opened(at(), assigned(0)), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{4}));
  expect(machine.acquired(at(), {RequestId{4}}), Kind::look_for_offers);
  expect(machine.offers_failed(at(), error(ErrorCode::not_found)), Kind::keep_offers);
  expect_poll(machine.offers_kept(at()), 0);
}

TEST_F(ListenerMachineOffers, AreKeptAsLongAsItIsNotKnownWhetherTheServiceListsThem) {
  capacity = 0;  // so the service is not asked
  expect(machine.started(at()), Kind::open_session);
  expect_poll(machine.session_opened(at(), std::nullopt), 0);
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  expect(machine.applied(at()), Kind::keep_offers);
  EXPECT_THAT(last.offers, ElementsAre(OpenOffer{RequestId{1}, Timestamp()}));
  expect_acknowledge(machine.offers_kept(at()), 7);
}

TEST_F(ListenerMachineOffers, AreNotKeptIfTheServiceListsThem) {
  expect(machine.started(at(), {{RequestId{4}, Timestamp()}}), Kind::open_session);
  capacity = 0;
  expect(machine.session_opened(at(), std::nullopt), Kind::poll);
  capacity = 1;
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::acquire);
  expect(machine.acquired(at(), {}), Kind::look_for_offers);
  expect(machine.offers_found(at(), {job<JobAvailable>(6), job<JobAvailable>(7)}), Kind::acquire);
  expect(machine.acquired(at(), {RequestId{6}}), Kind::keep_offers);
  EXPECT_THAT(last.offers, ::testing::IsEmpty()) << "those of the earlier process are not needed";
  expect_poll(machine.offers_kept(at()), 0);
}

TEST_F(ListenerMachineOffers, AStopEndsTheQuestion) {
  open_to_look();
  EXPECT_EQ(machine.stop_requested().kind, Kind::cancel);
  expect(machine.offers_failed(at(), error(ErrorCode::cancelled)), Kind::close_session);
  EXPECT_EQ(note(), "") << "it is what was wanted";
}

}  // namespace
}  // namespace scaleset::protocol::testing
