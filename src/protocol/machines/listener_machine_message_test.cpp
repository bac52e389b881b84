#include "protocol/machines/testing/listener_machine_fixture.hpp"

namespace scaleset::protocol::testing {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A5.
TEST_F(ListenerMachineTest, HasAFailedMessageRedelivered) {
  open();
  expect(machine.message(at(), message(6)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 6);
  expect_poll(machine.acknowledged(at()), 6);
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_wait(machine.apply_failed(at(), error(ErrorCode::io)), seconds(1));
  expect_poll(machine.waited(at()), 6);
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
}

TEST_F(ListenerMachineTest, QuarantinesAMessageAfterThreeRedeliveries) {
  open();
  for (int const delay : {1, 2, 4}) {
    expect(machine.message(at(), message(7)), Kind::apply);
    expect_wait(machine.apply_failed(at(), error(ErrorCode::io)), seconds(delay));
    expect_poll(machine.waited(at()), 0);
  }
  expect(machine.message(at(), message(7)), Kind::apply);
  expect(machine.apply_failed(at(), error(ErrorCode::io)), Kind::quarantine);
  EXPECT_EQ(last.message.id, MessageId{7});
  EXPECT_EQ(last.note->level, LogLevel::error);
  expect_acknowledge(machine.quarantined(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  // The next one has its own count.
  expect(machine.message(at(), message(8)), Kind::apply);
  expect_wait(machine.apply_failed(at(), error(ErrorCode::io)), seconds(1));
}

TEST_F(ListenerMachineTest, AMessageThatCannotBeSetAsideStaysInTheQueue) {
  open();
  for (int const delay : {1, 2, 4}) {
    expect(machine.message(at(), message(7)), Kind::apply);
    expect_wait(machine.apply_failed(at(), error(ErrorCode::io)), seconds(delay));
    expect_poll(machine.waited(at()), 0);
  }
  // Each time it comes again it is tried once more before it is set aside.
  for (int round = 0; round < 3; ++round) {
    expect(machine.message(at(), message(7)), Kind::apply);
    expect(machine.apply_failed(at(), error(ErrorCode::io)), Kind::quarantine);
    expect_wait(machine.quarantine_failed(at(), error(ErrorCode::io)), seconds(8));
    expect_poll(machine.waited(at()), 0);
  }
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
}

TEST_F(ListenerMachineTest, AStopDoesNotWaitForAMessageThatCannotBeSetAside) {
  open();
  for (int i = 0; i < 3; ++i) {
    expect(machine.message(at(), message(7)), Kind::apply);
    expect(machine.apply_failed(at(), error(ErrorCode::io)), Kind::wait);
    expect_poll(machine.waited(at()), 0);
  }
  expect(machine.message(at(), message(7)), Kind::apply);
  expect(machine.apply_failed(at(), error(ErrorCode::io)), Kind::quarantine);
  EXPECT_EQ(machine.stop_requested().kind, Kind::none);
  expect(machine.quarantine_failed(at(), error(ErrorCode::io)), Kind::close_session);
  ASSERT_TRUE(last.note);
  EXPECT_THAT(last.note->text, ::testing::HasSubstr("will come again"));
}

TEST_F(ListenerMachineTest, TriesTheFirstStatisticsAFewTimes) {
  expect(machine.started(at()), Kind::open_session);
  expect(machine.session_opened(at(), assigned(2)), Kind::apply);
  for (int const delay : {1, 2, 4}) {
    expect_wait(machine.apply_failed(at(), error(ErrorCode::io)), seconds(delay));
    expect(machine.waited(at()), Kind::apply);
    EXPECT_EQ(last.message.statistics, assigned(2));
  }
  expect(machine.apply_failed(at(), error(ErrorCode::io)), Kind::look_for_offers);
  EXPECT_THAT(note(), HasSubstr("could not be applied"));
  expect_poll(machine.offers_found(at(), {}), 0);
}

TEST_F(ListenerMachineTest, AcknowledgesADuplicateWithoutApplyingItAgain) {
  open();
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  expect_wait(machine.message(at(), message(7)), seconds(2));
  expect_acknowledge(machine.waited(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
}

/// W-11: with a cursor of the old numbers no poll would ever bring anything again.
TEST_F(ListenerMachineTest, NoticesARestartedSequenceAfterTwoEmptyPolls) {
  open();
  expect(machine.message(at(), with_offers(900, {})), Kind::apply);
  expect_acknowledge(machine.applied(at()), 900);
  expect_poll(machine.acknowledged(at()), 900);
  clock.advance(seconds(50));
  expect_poll(machine.no_message(at()), 900);
  clock.advance(seconds(50));
  expect_poll(machine.no_message(at()), 0);
  expect(machine.message(at(), message(5)), Kind::apply);
  EXPECT_TRUE(last.sequence_restarted);
  EXPECT_THAT(note(), HasSubstr("numbers its messages anew: message 5"));
  expect_acknowledge(machine.applied(at()), 5);
  EXPECT_FALSE(last.sequence_restarted);
  expect_poll(machine.acknowledged(at()), 5);
}

TEST_F(ListenerMachineTest, SaysWhatItCouldNotReadOfARestartedSequenceAsWell) {
  open();
  expect(machine.message(at(), message(900)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 900);
  expect_poll(machine.acknowledged(at()), 900);
  Message odd = message(5);
  odd.jobs.emplace_back(UnknownJobMessage());
  expect(machine.message(at(), odd), Kind::apply);
  EXPECT_THAT(note(), AllOf(HasSubstr("numbers its messages anew"), HasSubstr("skipped")));
}

TEST_F(ListenerMachineTest, RepeatsAFailingAcknowledgementWithoutStoppingToPoll) {
  open();
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
  expect_wait(machine.acknowledge_failed(at(), error(ErrorCode::server_error)), seconds(1));
  expect_acknowledge(machine.waited(at()), 7);
  expect_wait(machine.acknowledge_failed(at(), error(ErrorCode::server_error)), seconds(2));
  expect_acknowledge(machine.waited(at()), 7);
  expect_wait(machine.acknowledge_failed(at(), error(ErrorCode::server_error)), seconds(4));
  expect_poll(machine.waited(at()), 7);
  clock.advance(seconds(50));
  expect_acknowledge(machine.no_message(at()), 7);  // before the next poll
  expect_wait(machine.acknowledge_failed(at(), error(ErrorCode::server_error)), seconds(8));
  expect_poll(machine.waited(at()), 7);
  // The next message's acknowledgement takes its place: the old one may come again, to a new
  // session.
  expect(machine.message(at(), message(8)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 8);
  expect_poll(machine.acknowledged(at()), 8);
}

TEST_F(ListenerMachineTest, TakesAForgottenMessageForAcknowledged) {
  open();
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
  expect_poll(machine.acknowledge_failed(at(), error(ErrorCode::not_found)), 7);
}

TEST_F(ListenerMachineTest, KeepsTheLastStatisticsWhereTheyAreMissing) {
  open(3);
  expect(machine.message(at(), message(7, std::nullopt)), Kind::apply);
  EXPECT_EQ(last.message.statistics, assigned(3));
  expect_acknowledge(machine.applied(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  expect(machine.message(at(), message(8, assigned(5))), Kind::apply);
  expect_acknowledge(machine.applied(at()), 8);
  expect_poll(machine.acknowledged(at()), 8);
  expect(machine.poll_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
  expect_poll(machine.session_opened(at(), std::nullopt), 0);
  EXPECT_THAT(note(), HasSubstr("without statistics"));
  expect(machine.message(at(), message(8, std::nullopt)), Kind::apply);
  EXPECT_EQ(last.message.statistics, assigned(5));
}

TEST_F(ListenerMachineTest, ReportsEntriesThatCouldNotBeRead) {
  open();
  Message odd = message(7);
  UnknownJobMessage unknown;
  unknown.type = "JobPaused";
  odd.jobs.emplace_back(unknown);
  unknown.problem = "the field jobId is not text";
  odd.jobs.emplace_back(unknown);
  expect(machine.message(at(), odd), Kind::apply);
  EXPECT_THAT(note(), HasSubstr("2 entries were skipped"));
  EXPECT_THAT(note(), HasSubstr("the field jobId is not text"));
  EXPECT_EQ(last.message.jobs.size(), 2U);
}

/// A7.
TEST_F(ListenerMachineTest, AcquiresWhatFitsAndTheRestLater) {
  capacity = 3;
  open(1);
  Message offers = with_offers(7, {1, 2, 3, 4});
  offers.statistics = assigned(1);
  expect(machine.message(at(), offers), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{1}, RequestId{2}));
  // One of them went to another scale set, so that a slot is left.
  expect(machine.acquired(at(), {RequestId{1}}), Kind::acquire);
  EXPECT_THAT(note(), HasSubstr("1 of 2 offered jobs"));
  EXPECT_THAT(note(), HasSubstr("not acquired: 2"));
  EXPECT_THAT(last.ids, ElementsAre(RequestId{3}));
  expect_acknowledge(machine.acquired(at(), {RequestId{3}}), 7);
  expect_poll(machine.acknowledged(at()), 7);
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::look_for_offers);
  expect_poll(machine.offers_found(at(), {job<JobAvailable>(4)}), 7);
  // Two jobs have ended.
  expect(machine.message(at(), message(8, assigned(1))), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{4}));
}

TEST_F(ListenerMachineTest, AcquiresNothingWhileParked) {
  capacity = 0;
  open();
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  expect(machine.applied(at()), Kind::keep_offers);
  expect_acknowledge(machine.offers_kept(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  EXPECT_EQ(last.capacity, 0);
  capacity = 1;
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::acquire);
}

TEST_F(ListenerMachineTest, ToleratesAServiceWithoutAcquireJobs) {
  open();
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  expect_acknowledge(machine.acquire_failed(at(), error(ErrorCode::not_found)), 7);
  EXPECT_THAT(note(), HasSubstr("could not be acquired"));
  expect_poll(machine.acknowledged(at()), 7);
}

TEST_F(ListenerMachineTest, RepeatsAFailingAcquisitionWithoutStoppingToPoll) {
  open();
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  expect_wait(machine.acquire_failed(at(), error(ErrorCode::network)), seconds(1));
  expect(machine.waited(at()), Kind::acquire);
  expect_wait(machine.acquire_failed(at(), error(ErrorCode::malformed_response)), seconds(2));
  expect(machine.waited(at()), Kind::acquire);
  expect_wait(machine.acquire_failed(at(), error(ErrorCode::network)), seconds(4));
  expect_acknowledge(machine.waited(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  clock.advance(seconds(50));
  expect(machine.no_message(at()), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{1}));
}

TEST_F(ListenerMachineTest, CutsAPollShortWhenTheCapacityChanges) {
  open();
  EXPECT_EQ(machine.capacity_changed(at()).kind, Kind::none);
  capacity = 4;
  EXPECT_EQ(machine.capacity_changed(at()).kind, Kind::cancel);
  expect_poll(machine.poll_failed(at(), error(ErrorCode::cancelled)), 0);
  EXPECT_EQ(last.capacity, 4);
  capacity = -3;
  EXPECT_EQ(machine.capacity_changed(at()).kind, Kind::cancel);
  expect_poll(machine.poll_failed(at(), error(ErrorCode::cancelled)), 0);
  EXPECT_EQ(last.capacity, 0);
}

TEST_F(ListenerMachineTest, StopsAPollAndClosesTheSession) {
  open();
  EXPECT_EQ(machine.stop_requested().kind, Kind::cancel);
  expect(machine.poll_failed(at(), error(ErrorCode::cancelled)), Kind::close_session);
  expect(machine.session_closed(at()), Kind::finished);
  EXPECT_EQ(machine.stop_requested().kind, Kind::none);
}

TEST_F(ListenerMachineTest, StopsAfterTheMessageInHand) {
  open();
  expect(machine.message(at(), message(7)), Kind::apply);
  EXPECT_EQ(machine.stop_requested().kind, Kind::none);
  expect_acknowledge(machine.applied(at()), 7);
  expect(machine.acknowledged(at()), Kind::close_session);
  expect(machine.session_closed(at()), Kind::finished);
}

TEST_F(ListenerMachineTest, ReceivesAMessageThatRacesWithTheStop) {
  open();
  EXPECT_EQ(machine.stop_requested().kind, Kind::cancel);
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
  expect(machine.acknowledge_failed(at(), error(ErrorCode::network)), Kind::close_session);
  EXPECT_THAT(note(), HasSubstr("may come again"));
}

TEST_F(ListenerMachineTest, LeavesOffersToTheNextSessionWhenStopping) {
  open();
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  EXPECT_EQ(machine.stop_requested().kind, Kind::none);
  expect(machine.applied(at()), Kind::close_session);
}

TEST_F(ListenerMachineTest, StopsWithoutASession) {
  EXPECT_EQ(machine.stop_requested().kind, Kind::none);
  expect(machine.started(at()), Kind::finished);

  ListenerMachine opening(std::make_shared<scaleset::testing::FixedRandom>(0.0));
  expect(opening.started(at()), Kind::open_session);
  EXPECT_EQ(opening.stop_requested().kind, Kind::cancel);
  expect(opening.session_failed(at(), error(ErrorCode::cancelled)), Kind::finished);

  ListenerMachine opened(std::make_shared<scaleset::testing::FixedRandom>(0.0));
  expect(opened.started(at()), Kind::open_session);
  EXPECT_EQ(opened.stop_requested().kind, Kind::cancel);
  expect(opened.session_opened(at(), assigned(1)), Kind::close_session);

  ListenerMachine waiting(std::make_shared<scaleset::testing::FixedRandom>(0.0));
  expect(waiting.started(at()), Kind::open_session);
  expect(waiting.session_failed(at(), error(ErrorCode::session_conflict)), Kind::wait);
  EXPECT_EQ(waiting.stop_requested().kind, Kind::cancel);
  expect(waiting.waited(at()), Kind::finished);
}

TEST_F(ListenerMachineTest, ClosesADegradedSessionAtAStopOnlyOnce) {
  open();
  for (int i = 0; i < 2; ++i) {
    expect(machine.poll_failed(at(), error(ErrorCode::malformed_response)), Kind::wait);
    expect_poll(machine.waited(at()), 0);
  }
  expect(machine.poll_failed(at(), error(ErrorCode::malformed_response)), Kind::close_session);
  EXPECT_EQ(machine.stop_requested().kind, Kind::none);
  expect(machine.session_closed(at()), Kind::finished);
}

}  // namespace
}  // namespace scaleset::protocol::testing
