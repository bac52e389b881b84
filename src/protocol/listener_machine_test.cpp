#include "protocol/listener_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = ListenerAction::Kind;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Error error(ErrorCode code) { return Error(code, "trouble"); }

Statistics assigned(std::int64_t jobs) {
  Statistics statistics;
  statistics.assigned_jobs = jobs;
  return statistics;
}

Message message(std::int64_t id, std::optional<Statistics> statistics = Statistics()) {
  Message result;
  result.id = MessageId{id};
  result.statistics = statistics;
  return result;
}

Message with_offers(std::int64_t id, std::vector<std::int64_t> const& requests) {
  Message result = message(id);
  for (auto const request : requests) {
    JobAvailable available;
    available.job.request = RequestId{request};
    result.jobs.emplace_back(available);
  }
  return result;
}

/// Time moves as the actions ask: by the waits, and by 50 s a poll.
class ListenerMachineTest : public ::testing::Test {
 protected:
  [[nodiscard]] Moment at() const { return {clock.now().steady, capacity}; }

  /// To the first poll.
  void open(std::int64_t jobs = 0) {
    expect(machine.started(at()), Kind::open_session);
    expect(machine.session_opened(at(), assigned(jobs)), Kind::apply);
    expect(machine.applied(at()), Kind::poll);
  }
  void expect(ListenerAction action, Kind kind) {
    ASSERT_EQ(static_cast<int>(action.kind), static_cast<int>(kind));
    last = std::move(action);
  }
  void expect_poll(ListenerAction action, std::int64_t cursor) {
    expect(std::move(action), Kind::poll);
    EXPECT_EQ(last.id, MessageId{cursor});
  }
  void expect_wait(ListenerAction action, milliseconds delay) {
    expect(std::move(action), Kind::wait);
    EXPECT_EQ(last.delay, delay);
    clock.advance(last.delay);
  }
  void expect_acknowledge(ListenerAction action, std::int64_t id) {
    expect(std::move(action), Kind::acknowledge);
    EXPECT_EQ(last.id, MessageId{id});
  }
  [[nodiscard]] std::string note() const { return last.note ? last.note->text : ""; }

  testing::FakeClock clock;
  int capacity = 10;
  ListenerMachine machine{std::make_shared<testing::FixedRandom>(0.0)};  // waits are whole
  ListenerAction last;
};

TEST_F(ListenerMachineTest, AppliesTheSessionsStatisticsThenPolls) {
  expect(machine.started(at()), Kind::open_session);
  EXPECT_EQ(last.reason, "");
  expect(machine.session_opened(at(), assigned(3)), Kind::apply);
  EXPECT_EQ(last.message.id, MessageId{0});
  EXPECT_TRUE(last.message.jobs.empty());
  EXPECT_EQ(last.message.statistics, assigned(3));
  expect_poll(machine.applied(at()), 0);
  EXPECT_EQ(last.capacity, 10);
}

TEST_F(ListenerMachineTest, AcknowledgesAMessageAfterItWasApplied) {
  open();
  expect(machine.message(at(), message(100000001, assigned(2))), Kind::apply);
  EXPECT_EQ(last.message.id, MessageId{100000001});
  expect_acknowledge(machine.applied(at()), 100000001);
  expect_poll(machine.acknowledged(at()), 100000001);
}

TEST_F(ListenerMachineTest, PollsAgainAtOnceAfterAPollThatWasHeld) {
  open();
  clock.advance(seconds(50));
  expect_poll(machine.no_message(at()), 0);
}

/// A1: an empty 200, or a service that does not hold polls.
TEST_F(ListenerMachineTest, PausesAfterAPollThatWasNot) {
  open();
  clock.advance(milliseconds(999));
  expect_wait(machine.no_message(at()), seconds(2));
  expect_poll(machine.waited(at()), 0);
  clock.advance(seconds(1));
  expect_poll(machine.no_message(at()), 0);
}

TEST_F(ListenerMachineTest, KeepsSessionAndCursorThroughTrouble) {
  open();
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  for (ErrorCode const code : {ErrorCode::network, ErrorCode::server_error, ErrorCode::timeout,
                               ErrorCode::rate_limited, ErrorCode::tls_verification}) {
    for (int const delay : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
      expect_wait(machine.poll_failed(at(), error(code)), seconds(delay));
      EXPECT_THAT(note(), HasSubstr("trouble"));
      expect_poll(machine.waited(at()), 7);
    }
    clock.advance(seconds(50));
    expect_poll(machine.no_message(at()), 7);  // the counting starts anew
  }
}

TEST_F(ListenerMachineTest, HonoursARetryAfter) {
  open();
  Error limited = error(ErrorCode::rate_limited);
  limited.retry_after = minutes(3);
  expect_wait(machine.poll_failed(at(), limited), minutes(3));
}

TEST_F(ListenerMachineTest, WaitsLongWhenCredentialsAreRefused) {
  open();
  for (int const delay : {30, 60, 120, 240, 300, 300}) {
    expect_wait(machine.poll_failed(at(), error(ErrorCode::forbidden)), seconds(delay));
    expect_poll(machine.waited(at()), 0);
  }
}

TEST_F(ListenerMachineTest, OpensANewSessionAfterThreeUselessAnswers) {
  for (ErrorCode const code : {ErrorCode::malformed_response, ErrorCode::unexpected_status,
                               ErrorCode::not_found, ErrorCode::message_queue_token_expired}) {
    ListenerMachine fresh(std::make_shared<testing::FixedRandom>(0.0));
    expect(fresh.started(at()), Kind::open_session);
    expect(fresh.session_opened(at(), assigned(0)), Kind::apply);
    expect_poll(fresh.applied(at()), 0);
    expect_wait(fresh.poll_failed(at(), error(code)), seconds(1));
    expect_poll(fresh.waited(at()), 0);
    expect_wait(fresh.poll_failed(at(), error(code)), seconds(2));
    expect_poll(fresh.waited(at()), 0);
    expect(fresh.poll_failed(at(), error(code)), Kind::close_session);
    EXPECT_THAT(note(), HasSubstr("new session"));
    expect(fresh.session_closed(at()), Kind::open_session);
    EXPECT_EQ(last.reason, code == ErrorCode::malformed_response ? "undecodable" : "poll_refused");
  }
}

TEST_F(ListenerMachineTest, ForgetsUselessAnswersAfterAGoodOne) {
  open();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 2; ++i) {
      expect(machine.poll_failed(at(), error(ErrorCode::malformed_response)), Kind::wait);
      expect_poll(machine.waited(at()), 0);
    }
    clock.advance(seconds(50));
    expect_poll(machine.no_message(at()), 0);
  }
}

/// A2.
TEST_F(ListenerMachineTest, WaitsOutAnotherSessionForEver) {
  expect(machine.started(at()), Kind::open_session);
  bool alarmed = false;
  for (int i = 0; i < 100; ++i) {
    auto const expected = seconds(i == 0 ? 5 : i == 1 ? 10 : i == 2 ? 20 : 30);
    auto const before = clock.now().steady;
    expect_wait(machine.session_failed(at(), error(ErrorCode::session_conflict)), expected);
    EXPECT_THAT(note(), HasSubstr("trouble"));
    EXPECT_THAT(note(), HasSubstr("another session"));
    bool const late = before - testing::FakeClock().now().steady >= minutes(5);
    EXPECT_EQ(last.note->level, late ? LogLevel::error : LogLevel::warn);
    alarmed = alarmed || late;
    expect(machine.waited(at()), Kind::open_session);
  }
  EXPECT_TRUE(alarmed);
  expect(machine.session_opened(at(), assigned(0)), Kind::apply);
}

TEST_F(ListenerMachineTest, RetriesOpeningForEver) {
  expect(machine.started(at()), Kind::open_session);
  for (int const delay : {1, 2, 4, 8, 16, 32, 60, 60}) {
    expect_wait(machine.session_failed(at(), error(ErrorCode::server_error)), seconds(delay));
    expect(machine.waited(at()), Kind::open_session);
  }
  expect_wait(machine.session_failed(at(), error(ErrorCode::unauthorized)), seconds(300));
}

TEST_F(ListenerMachineTest, GivesUpOnOptionsThatCannotWork) {
  for (ErrorCode const code :
       {ErrorCode::invalid_argument, ErrorCode::invalid_config_url, ErrorCode::invalid_options}) {
    ListenerMachine fresh(std::make_shared<testing::FixedRandom>(0.0));
    expect(fresh.started(at()), Kind::open_session);
    expect(fresh.session_failed(at(), error(code)), Kind::give_up);
    ASSERT_TRUE(last.error.has_value());
    EXPECT_EQ(last.error->code, code);
  }
}

/// A3, W-11.
TEST_F(ListenerMachineTest, ReplacesALostSessionInPlace) {
  open();
  expect(machine.message(at(), message(7)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
  expect_poll(machine.acknowledged(at()), 7);
  expect(machine.poll_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
  EXPECT_EQ(last.reason, "session_lost");
  EXPECT_THAT(note(), HasSubstr("no longer knows the session"));
  expect(machine.session_opened(at(), assigned(1)), Kind::apply);
  expect_poll(machine.applied(at()), 0);
  // The sequence may have restarted: the same id is another message.
  expect(machine.message(at(), message(7)), Kind::apply);
}

TEST_F(ListenerMachineTest, DoesNotReplaceLostSessionsInATightLoop) {
  open();
  expect(machine.poll_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
  for (int const delay : {1, 2, 4, 8, 16, 32, 60, 60}) {
    expect(machine.session_opened(at(), assigned(0)), Kind::apply);
    expect_poll(machine.applied(at()), 0);
    expect_wait(machine.poll_failed(at(), error(ErrorCode::session_lost)), seconds(delay));
    expect(machine.waited(at()), Kind::open_session);
    EXPECT_EQ(last.reason, "session_lost");
  }
  expect(machine.session_opened(at(), assigned(0)), Kind::apply);
  expect_poll(machine.applied(at()), 0);
  clock.advance(seconds(50));
  expect_poll(machine.no_message(at()), 0);
  expect(machine.poll_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
}

TEST_F(ListenerMachineTest, ASessionMayBeLostInAnyCall) {
  open();
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  expect(machine.acquire_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
  expect(machine.session_opened(at(), std::nullopt), Kind::acquire);  // the offer still stands
  expect_poll(machine.acquired(at(), {RequestId{1}}), 0);
  expect(machine.message(at(), message(8)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 8);
  expect(machine.acknowledge_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
}

/// A4.
TEST_F(ListenerMachineTest, HasAGoneScaleSetReplaced) {
  expect(machine.started(at()), Kind::open_session);
  expect(machine.session_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
  EXPECT_EQ(last.note->level, LogLevel::error);
  for (int const delay : {5, 10, 20, 40, 80, 160, 300, 300}) {
    expect_wait(machine.replace_failed(at(), error(ErrorCode::server_error)), seconds(delay));
    expect(machine.waited(at()), Kind::scale_set_gone);
  }
  expect(machine.scale_set_replaced(at()), Kind::open_session);
  EXPECT_EQ(last.reason, "scale_set_gone");
}

TEST_F(ListenerMachineTest, ReplacesAScaleSetEveryFiveMinutesAtMost) {
  open();
  expect(machine.poll_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
  expect(machine.scale_set_replaced(at()), Kind::open_session);
  clock.advance(minutes(1));
  expect_wait(machine.session_failed(at(), error(ErrorCode::scale_set_not_found)), minutes(4));
  EXPECT_THAT(note(), HasSubstr("gone again"));
  expect(machine.waited(at()), Kind::scale_set_gone);
  expect(machine.scale_set_replaced(at()), Kind::open_session);
}

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

TEST_F(ListenerMachineTest, TriesTheFirstStatisticsAFewTimes) {
  expect(machine.started(at()), Kind::open_session);
  expect(machine.session_opened(at(), assigned(2)), Kind::apply);
  for (int const delay : {1, 2, 4}) {
    expect_wait(machine.apply_failed(at(), error(ErrorCode::io)), seconds(delay));
    expect(machine.waited(at()), Kind::apply);
    EXPECT_EQ(last.message.statistics, assigned(2));
  }
  expect_poll(machine.apply_failed(at(), error(ErrorCode::io)), 0);
  EXPECT_THAT(note(), HasSubstr("could not be applied"));
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

TEST_F(ListenerMachineTest, AppliesARestartedSequence) {
  open();
  expect(machine.message(at(), message(900)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 900);
  expect_poll(machine.acknowledged(at()), 900);
  expect(machine.message(at(), message(5)), Kind::apply);
  expect_acknowledge(machine.applied(at()), 5);
  expect_poll(machine.acknowledged(at()), 5);
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
  unknown.problem = "the field jobId is no text";
  odd.jobs.emplace_back(unknown);
  expect(machine.message(at(), odd), Kind::apply);
  EXPECT_THAT(note(), HasSubstr("2 entries skipped"));
  EXPECT_THAT(note(), HasSubstr("the field jobId is no text"));
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
  EXPECT_THAT(last.ids, ElementsAre(RequestId{3}));
  expect_acknowledge(machine.acquired(at(), {RequestId{3}}), 7);
  expect_poll(machine.acknowledged(at()), 7);
  clock.advance(seconds(50));
  expect_poll(machine.no_message(at()), 7);
  // Two jobs have ended.
  expect(machine.message(at(), message(8, assigned(1))), Kind::apply);
  expect(machine.applied(at()), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{4}));
}

TEST_F(ListenerMachineTest, AcquiresNothingWhileParked) {
  capacity = 0;
  open();
  expect(machine.message(at(), with_offers(7, {1})), Kind::apply);
  expect_acknowledge(machine.applied(at()), 7);
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
  EXPECT_THAT(note(), HasSubstr("will come again"));
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

  ListenerMachine opening(std::make_shared<testing::FixedRandom>(0.0));
  expect(opening.started(at()), Kind::open_session);
  EXPECT_EQ(opening.stop_requested().kind, Kind::cancel);
  expect(opening.session_failed(at(), error(ErrorCode::cancelled)), Kind::finished);

  ListenerMachine opened(std::make_shared<testing::FixedRandom>(0.0));
  expect(opened.started(at()), Kind::open_session);
  EXPECT_EQ(opened.stop_requested().kind, Kind::cancel);
  expect(opened.session_opened(at(), assigned(1)), Kind::close_session);

  ListenerMachine waiting(std::make_shared<testing::FixedRandom>(0.0));
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
}  // namespace scaleset::protocol
