#include "protocol/machines/session_machine.hpp"

#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

using Answer = SessionMachine::Answer;

SessionInfo opened() {
  SessionInfo info;
  info.id = "id";
  info.owner = "owner";
  info.queue.url = "https://b/m";
  info.queue.token = Secret("old");
  info.statistics = Statistics();
  return info;
}

SessionInfo with_token(std::string token) {
  SessionInfo info;
  info.queue.token = Secret(std::move(token));
  return info;
}

SessionInfo another() {
  auto info = opened();
  info.id = "another";
  return info;
}

Error const kExpired(ErrorCode::message_queue_token_expired, "401");
Error const kLost(ErrorCode::session_lost, "404");
Error const kNetwork(ErrorCode::network, "reset");

using Tried = SessionMachine::Tried;

/// What the machine answers to a call whose first error is this.
Answer first(SessionMachine& machine, Error const& error, std::uint64_t generation) {
  Tried tried;
  return machine.call_failed(error, generation, tried);
}

SessionMachine keeping() { return {opened(), false}; }
SessionMachine recreating() { return {opened(), true}; }

TEST(SessionMachine, RefreshesOnceThenRepeatsOnce) {
  auto machine = keeping();
  Tried tried;
  auto const generation = machine.generation();
  EXPECT_EQ(machine.call_failed(kExpired, generation, tried), Answer::refresh);
  machine.refreshed(with_token("new"));
  EXPECT_EQ(machine.session().queue.token.reveal(), "new");
  EXPECT_NE(machine.generation(), generation);
  EXPECT_EQ(machine.call_failed(kExpired, machine.generation(), tried), Answer::give_up);
}

TEST(SessionMachine, OnlyOneOfSeveralCallsRefreshes) {
  auto machine = keeping();
  auto const generation = machine.generation();
  EXPECT_EQ(first(machine, kExpired, generation), Answer::refresh);
  EXPECT_TRUE(machine.renewing());
  EXPECT_EQ(first(machine, kExpired, generation), Answer::wait);
  EXPECT_EQ(machine.want_refresh(), Answer::wait);
  EXPECT_EQ(machine.outcome(generation), Answer::wait);
  machine.refreshed(with_token("new"));
  EXPECT_EQ(machine.outcome(generation), Answer::repeat);
  // A third call of the old token comes back late.
  EXPECT_EQ(first(machine, kExpired, generation), Answer::repeat);
  EXPECT_EQ(machine.want_refresh(), Answer::refresh);
}

TEST(SessionMachine, OtherErrorsAreTheCallsResult) {
  auto machine = recreating();
  for (ErrorCode const code :
       {ErrorCode::network, ErrorCode::timeout, ErrorCode::unauthorized, ErrorCode::not_found,
        ErrorCode::cancelled, ErrorCode::scale_set_not_found, ErrorCode::server_error}) {
    EXPECT_EQ(first(machine, Error(code, ""), machine.generation()), Answer::give_up);
    EXPECT_FALSE(machine.lost());
    EXPECT_FALSE(machine.renewing());
  }
}

TEST(SessionMachine, WithoutRecreateItIsLostForGood) {
  auto by_refresh = keeping();
  EXPECT_EQ(by_refresh.want_refresh(), Answer::refresh);
  EXPECT_EQ(by_refresh.refresh_failed(kLost), Answer::give_up);
  auto by_call = keeping();
  EXPECT_EQ(first(by_call, kLost, by_call.generation()), Answer::give_up);
  for (SessionMachine* machine : {&by_refresh, &by_call}) {
    EXPECT_TRUE(machine->lost());
    EXPECT_FALSE(machine->renewing());
    EXPECT_EQ(machine->last_error().code, ErrorCode::session_lost);
    EXPECT_EQ(machine->want_refresh(), Answer::give_up);
    EXPECT_EQ(machine->before_call(), Answer::repeat)
        << "only the service can say that the session is lost";
    EXPECT_EQ(first(*machine, kExpired, machine->generation()), Answer::give_up);
    EXPECT_EQ(first(*machine, kExpired, machine->generation() - 1), Answer::give_up);
  }
}

TEST(SessionMachine, AFailedRefreshMayBeTriedAgain) {
  auto machine = keeping();
  EXPECT_EQ(first(machine, kExpired, machine.generation()), Answer::refresh);
  EXPECT_EQ(machine.refresh_failed(kNetwork), Answer::give_up);
  EXPECT_FALSE(machine.lost());
  EXPECT_EQ(machine.session().queue.token.reveal(), "old");
  EXPECT_EQ(first(machine, kExpired, machine.generation()), Answer::refresh);
}

TEST(SessionMachine, AFailedRefreshIsTheErrorOfAllWhoWaited) {
  auto machine = keeping();
  auto const generation = machine.generation();
  EXPECT_EQ(machine.want_refresh(), Answer::refresh);
  EXPECT_EQ(machine.want_refresh(), Answer::wait);
  EXPECT_EQ(machine.refresh_failed(kNetwork), Answer::give_up);
  EXPECT_EQ(machine.outcome(generation), Answer::give_up);
  EXPECT_EQ(machine.last_error().code, ErrorCode::network);
}

TEST(SessionMachine, ACancelledRenewalIsTakenOver) {
  for (bool const lost : {false, true}) {
    auto machine = recreating();
    auto const generation = machine.generation();
    auto const expected = lost ? Answer::recreate : Answer::refresh;
    EXPECT_EQ(first(machine, lost ? kLost : kExpired, generation), expected);
    Error const cancelled(ErrorCode::cancelled, "");
    if (lost) machine.recreate_failed(cancelled);
    if (!lost) {
      EXPECT_EQ(machine.refresh_failed(cancelled), Answer::give_up);
    }
    EXPECT_EQ(machine.outcome(generation), expected);
    EXPECT_EQ(machine.outcome(generation), Answer::wait) << "by one only";
  }
}

TEST(SessionMachine, ALostSessionIsOpenedAnewByOneCall) {
  auto machine = recreating();
  auto const generation = machine.generation();
  EXPECT_EQ(first(machine, kLost, generation), Answer::recreate);
  EXPECT_EQ(machine.last_error().code, ErrorCode::session_lost);
  EXPECT_EQ(first(machine, kLost, generation), Answer::wait);
  EXPECT_EQ(first(machine, kExpired, generation), Answer::wait);
  EXPECT_EQ(machine.before_call(), Answer::wait);
  machine.recreated(another());
  EXPECT_EQ(machine.outcome(generation), Answer::repeat);
  EXPECT_EQ(machine.session().id, "another");
  EXPECT_EQ(machine.times_recreated(), 1);
  EXPECT_FALSE(machine.lost());
  // An error about the old session says nothing about the new one.
  EXPECT_EQ(first(machine, kLost, generation), Answer::repeat);
  EXPECT_FALSE(machine.lost());
}

TEST(SessionMachine, ACallTriesEachRemedyOnce) {
  auto machine = recreating();
  Tried tried;
  EXPECT_EQ(machine.call_failed(kExpired, machine.generation(), tried), Answer::refresh);
  EXPECT_EQ(machine.refresh_failed(kLost), Answer::recreate) << "by the same call, at once";
  EXPECT_TRUE(machine.renewing());
  machine.recreated(another());
  EXPECT_EQ(machine.call_failed(kLost, machine.generation(), tried), Answer::recreate);
  machine.recreated(another());
  EXPECT_EQ(machine.call_failed(kLost, machine.generation(), tried), Answer::give_up);
  EXPECT_EQ(machine.call_failed(kExpired, machine.generation(), tried), Answer::give_up);
}

TEST(SessionMachine, AFailedRecreationIsTriedByTheNextCall) {
  auto machine = recreating();
  auto const generation = machine.generation();
  EXPECT_EQ(first(machine, kLost, generation), Answer::recreate);
  machine.recreate_failed(kNetwork);
  EXPECT_EQ(machine.outcome(generation), Answer::give_up);
  EXPECT_EQ(machine.last_error().code, ErrorCode::network);
  EXPECT_TRUE(machine.lost());
  EXPECT_EQ(machine.before_call(), Answer::recreate);
  EXPECT_EQ(machine.before_call(), Answer::wait);
}

TEST(SessionMachine, ARefreshThatWorksOutweighsALoss) {
  auto machine = recreating();
  auto const generation = machine.generation();
  EXPECT_EQ(first(machine, kExpired, generation), Answer::refresh);
  EXPECT_EQ(first(machine, kLost, generation), Answer::wait);
  machine.refreshed(with_token("new"));
  EXPECT_EQ(machine.outcome(generation), Answer::repeat);
  EXPECT_FALSE(machine.lost());
}

TEST(SessionMachine, IsNotOpenedAnewWhileClosing) {
  auto machine = recreating();
  EXPECT_EQ(machine.want_refresh(), Answer::refresh);
  machine.closing();
  EXPECT_EQ(machine.refresh_failed(kLost), Answer::give_up);
  EXPECT_EQ(first(machine, kLost, machine.generation()), Answer::give_up);
}

TEST(SessionMachine, ANewSessionIsPolledFromTheStart) {
  auto machine = recreating();
  auto const before = machine.generation();
  EXPECT_EQ(machine.poll_from(MessageId{9}).value, 9);
  EXPECT_EQ(first(machine, kLost, before), Answer::recreate);
  machine.recreated(another());
  EXPECT_EQ(machine.poll_from(MessageId{9}).value, 0);
  machine.delivered(before);
  EXPECT_EQ(machine.poll_from(MessageId{9}).value, 0) << "a late answer of the old session";
  EXPECT_EQ(machine.want_refresh(), Answer::refresh);
  machine.refreshed(with_token("new"));
  EXPECT_EQ(machine.poll_from(MessageId{9}).value, 0) << "a new token is not a new session";
  machine.delivered(machine.generation());
  EXPECT_EQ(machine.poll_from(MessageId{2}).value, 2);
}

TEST(Weaknesses, W09_ARefreshKeepsWhatItsAnswerLeavesOut) {
  auto machine = keeping();
  machine.refreshed(SessionInfo());
  EXPECT_EQ(machine.session().id, "id");
  EXPECT_EQ(machine.session().owner, "owner");
  EXPECT_EQ(machine.session().queue.url, "https://b/m");
  EXPECT_EQ(machine.session().queue.token.reveal(), "old");
  EXPECT_TRUE(machine.session().statistics.has_value());
  SessionInfo whole = opened();
  whole.id = "id2";
  whole.owner = "owner2";
  whole.queue.url = "https://b/m2";
  whole.queue.token = Secret("new");
  whole.statistics->assigned_jobs = 3;
  machine.refreshed(whole);
  EXPECT_EQ(machine.session().id, "id2");
  EXPECT_EQ(machine.session().owner, "owner2");
  EXPECT_EQ(machine.session().queue.url, "https://b/m2");
  EXPECT_EQ(machine.session().queue.token.reveal(), "new");
  EXPECT_EQ(machine.session().statistics->assigned_jobs, 3);
}

TEST(SessionMachine, NoCallBeginsOnceItIsClosed) {
  auto machine = recreating();
  auto const generation = machine.generation();
  machine.closing();
  EXPECT_EQ(machine.before_call(), Answer::repeat) << "not closed yet";
  machine.closed();
  EXPECT_EQ(machine.before_call(), Answer::closed);
  EXPECT_EQ(machine.want_refresh(), Answer::closed);
  // A poll that was under way learns of the loss, as before.
  EXPECT_EQ(first(machine, kLost, generation), Answer::give_up);
  EXPECT_EQ(machine.last_error().code, ErrorCode::session_lost);
  EXPECT_EQ(machine.before_call(), Answer::closed);
}

TEST(SessionMachine, OneOfAScaleSetThatIsGoneIsNotKept) {
  auto machine = recreating();
  EXPECT_TRUE(machine.is_kept());
  EXPECT_EQ(first(machine, Error(ErrorCode::scale_set_not_found, "gone"), machine.generation()),
            Answer::give_up);
  EXPECT_FALSE(machine.is_kept());
  EXPECT_FALSE(machine.lost()) << "it may have been a passing error";
  machine.delivered(machine.generation());
  EXPECT_TRUE(machine.is_kept());
  EXPECT_EQ(first(machine, kExpired, machine.generation()), Answer::refresh);
  EXPECT_EQ(machine.refresh_failed(Error(ErrorCode::scale_set_not_found, "gone")), Answer::give_up);
  EXPECT_FALSE(machine.is_kept());
}

}  // namespace
}  // namespace scaleset::protocol
