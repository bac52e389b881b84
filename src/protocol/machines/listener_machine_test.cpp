#include "protocol/machines/testing/listener_machine_fixture.hpp"

namespace scaleset::protocol::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::StartsWith;

TEST_F(ListenerMachineTest, AppliesTheSessionsStatisticsThenPolls) {
  expect(machine.started(at()), Kind::open_session);
  EXPECT_EQ(last.reason, "");
  expect(machine.session_opened(at(), assigned(3)), Kind::apply);
  EXPECT_EQ(last.message.id, MessageId{0});
  EXPECT_TRUE(last.message.jobs.empty());
  EXPECT_EQ(last.message.statistics, assigned(3));
  expect(machine.applied(at()), Kind::look_for_offers);
  expect_poll(machine.offers_found(at(), {}), 0);
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
  for (ErrorCode const code :
       {ErrorCode::network, ErrorCode::server_error, ErrorCode::timeout, ErrorCode::rate_limited,
        ErrorCode::tls_verification, ErrorCode::proxy_authentication}) {
    for (int const delay : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
      expect_wait(machine.poll_failed(at(), error(code)), seconds(delay));
      EXPECT_THAT(note(), HasSubstr("trouble"));
      expect_poll(machine.waited(at()), 7);
    }
    clock.advance(seconds(50));
    expect(machine.message(at(), message(7)), Kind::wait);  // the counting starts anew
    expect_acknowledge(machine.waited(at()), 7);
    expect_poll(machine.acknowledged(at()), 7);
  }
}

/// D2: a file that somebody is writing may be empty for a moment, and the session must outlive
/// that.
TEST_F(ListenerMachineTest, KeepsTheSessionWhileTheCredentialsCannotBeRead) {
  open();
  for (int const delay : {1, 2, 4, 8, 16, 32, 60, 60}) {
    expect_wait(machine.poll_failed(at(), error(ErrorCode::io)), seconds(delay));
    expect_poll(machine.waited(at()), 0);
  }
}

TEST_F(ListenerMachineTest, AsksMoreOftenWhetherAnybodyIsThereAgain) {
  open();
  Error unreached = error(ErrorCode::network);
  unreached.request_sent = false;
  for (int const delay : {1, 2, 4, 8, 10, 10}) {
    expect_wait(machine.poll_failed(at(), unreached), seconds(delay));
    expect_poll(machine.waited(at()), 0);
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
    ListenerMachine fresh(std::make_shared<scaleset::testing::FixedRandom>(0.0));
    expect(fresh.started(at()), Kind::open_session);
    expect(fresh.session_opened(at(), assigned(0)), Kind::apply);
    expect_first_poll(fresh, fresh.applied(at()));
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
  int told = 0;
  for (int i = 0; i < 100; ++i) {
    auto const expected = seconds(i == 0 ? 5 : i == 1 ? 10 : i == 2 ? 20 : 30);
    auto const before = clock.now().steady;
    expect_wait(machine.session_failed(at(), error(ErrorCode::session_conflict)), expected);
    EXPECT_THAT(note(), HasSubstr("trouble"));
    EXPECT_THAT(note(), HasSubstr("another session"));
    bool const late = before - scaleset::testing::FakeClock().now().steady >= minutes(5);
    bool const is_told = last.note->level != LogLevel::debug;
    auto const loud = late ? LogLevel::error : LogLevel::warn;
    EXPECT_EQ(last.note->level, is_told ? loud : LogLevel::debug);
    if (is_told) ++told;
    alarmed = alarmed || (is_told && late);
    expect(machine.waited(at()), Kind::open_session);
  }
  EXPECT_TRUE(alarmed);
  EXPECT_LE(told, 51) << "once a minute, in 50 minutes";
  expect(machine.session_opened(at(), assigned(0)), Kind::apply);
  EXPECT_EQ(note(), "") << "the service was never away";
}

TEST_F(ListenerMachineTest, AnOutageIsToldOnceAMinuteAndWhenItIsOver) {
  open();
  int told = 0;
  auto const start = clock.now().steady;
  while (clock.now().steady < start + minutes(3)) {
    expect(machine.poll_failed(at(), error(ErrorCode::network)), Kind::wait);
    if (last.note->level == LogLevel::warn) ++told;
    clock.advance(last.delay);
    expect_poll(machine.waited(at()), 0);
  }
  EXPECT_THAT(told, AllOf(Ge(2), Le(4)));
  clock.advance(seconds(50));
  expect_poll(machine.no_message(at()), 0);
  ASSERT_TRUE(last.note);
  EXPECT_EQ(last.note->level, LogLevel::info);
  EXPECT_THAT(note(), StartsWith("the service answers again after 3 min "));
  clock.advance(seconds(50));
  expect_poll(machine.no_message(at()), 0);
  EXPECT_FALSE(last.note) << "once";
}

TEST_F(ListenerMachineTest, TheEndOfAnOutageIsToldAlsoIfNewSessionsWereRefused) {
  expect(machine.started(at()), Kind::open_session);
  expect(machine.session_failed(at(), error(ErrorCode::server_error)), Kind::wait);
  EXPECT_EQ(last.note->level, LogLevel::warn);
  clock.advance(last.delay);
  expect(machine.waited(at()), Kind::open_session);
  expect(machine.session_failed(at(), error(ErrorCode::server_error)), Kind::wait);
  EXPECT_EQ(last.note->level, LogLevel::debug);
  EXPECT_THAT(note(), HasSubstr("(failure 2 in a row)"));
  clock.advance(last.delay);
  expect(machine.waited(at()), Kind::open_session);
  expect(machine.session_opened(at(), assigned(0)), Kind::apply);
  EXPECT_THAT(note(), HasSubstr("(failures: 2)"));
}

TEST(WithHolder, SaysThatTheOpenSessionIsOurs) {
  Error const conflict(ErrorCode::session_conflict,
                       "The runner scale set s already has an active session for owner host-1.");
  EXPECT_THAT(with_holder(conflict, "host-1").message, HasSubstr("That is this host"));
  for (auto const* const other : {"host", "host-11", ""})
    EXPECT_EQ(with_holder(conflict, other).message, conflict.message);
  Error const trouble(ErrorCode::server_error, conflict.message);
  EXPECT_EQ(with_holder(trouble, "host-1").message, conflict.message);
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
  for (ErrorCode const code : {ErrorCode::invalid_argument, ErrorCode::invalid_config_url}) {
    ListenerMachine fresh(std::make_shared<scaleset::testing::FixedRandom>(0.0));
    expect(fresh.started(at()), Kind::open_session);
    expect(fresh.session_failed(at(), error(code)), Kind::give_up);
    ASSERT_TRUE(last.error.has_value());
    EXPECT_EQ(last.error->code, code);
  }
}

/// D2: a file with a token is empty while it is written, and a person may write nonsense into it.
TEST_F(ListenerMachineTest, WaitsForASecretThatCanBeUsed) {
  expect(machine.started(at()), Kind::open_session);
  for (ErrorCode const code :
       {ErrorCode::invalid_options, ErrorCode::invalid_private_key, ErrorCode::io}) {
    expect(machine.session_failed(at(), error(code)), Kind::wait);
    expect(machine.waited(at()), Kind::open_session);
  }
}

TEST_F(ListenerMachineTest, AWaitAfterAnErrorIsCutShort) {
  expect(machine.started(at()), Kind::open_session);
  EXPECT_EQ(machine.retry_now().kind, Kind::none) << "it does not wait";
  expect(machine.session_failed(at(), error(ErrorCode::unauthorized)), Kind::wait);
  EXPECT_EQ(machine.retry_now().kind, Kind::cancel);
  expect(machine.waited(at()), Kind::open_session);
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
    expect_first_poll(machine.applied(at()));
    expect_wait(machine.poll_failed(at(), error(ErrorCode::session_lost)), seconds(delay));
    expect(machine.waited(at()), Kind::open_session);
    EXPECT_EQ(last.reason, "session_lost");
  }
  expect(machine.session_opened(at(), assigned(0)), Kind::apply);
  expect_first_poll(machine.applied(at()));
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
  EXPECT_EQ(last.note->level, LogLevel::warn) << "it heals by itself";
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

/// I6: an outage at the service must not be answered with five minutes of silence.
TEST_F(ListenerMachineTest, TakesAScaleSetThatIsFoundAgainForAPassingError) {
  expect(machine.started(at()), Kind::open_session);
  for (int const delay : {1, 2, 4, 8, 16, 32, 60, 60}) {
    expect(machine.session_failed(at(), error(ErrorCode::scale_set_not_found)),
           Kind::scale_set_gone);
    expect_wait(machine.scale_set_found(at()), seconds(delay));
    EXPECT_THAT(note(), HasSubstr("exists after all"));
    expect(machine.waited(at()), Kind::open_session);
    EXPECT_EQ(last.reason, "scale_set_gone");
  }
}

TEST_F(ListenerMachineTest, GoesOnWithItsSessionIfTheScaleSetIsFoundAgain) {
  open();
  for (int const delay : {1, 2, 4}) {
    expect(machine.poll_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
    expect_wait(machine.scale_set_found(at()), seconds(delay));
    expect_poll(machine.waited(at()), 0);
  }
  clock.advance(seconds(50));
  expect_poll(machine.no_message(at()), 0);
  expect(machine.poll_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
  expect_wait(machine.scale_set_found(at()), seconds(1));
  expect_poll(machine.waited(at()), 0);
  expect(machine.poll_failed(at(), error(ErrorCode::session_lost)), Kind::open_session);
  expect(machine.session_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
  expect_wait(machine.scale_set_found(at()), seconds(2));
  expect(machine.waited(at()), Kind::open_session);
}

TEST_F(ListenerMachineTest, AScaleSetThatIsFoundAgainIsNoReplacement) {
  open();
  expect(machine.poll_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
  expect_wait(machine.scale_set_found(at()), seconds(1));
  expect_poll(machine.waited(at()), 0);
  expect(machine.poll_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
  expect(machine.scale_set_replaced(at()), Kind::open_session);
}

TEST_F(ListenerMachineTest, AStopEndsTheSearchForAScaleSet) {
  open();
  expect(machine.poll_failed(at(), error(ErrorCode::scale_set_not_found)), Kind::scale_set_gone);
  EXPECT_EQ(machine.stop_requested().kind, Kind::cancel);
  expect(machine.scale_set_found(at()), Kind::close_session);
  expect(machine.session_closed(at()), Kind::finished);
}

}  // namespace
}  // namespace scaleset::protocol::testing
