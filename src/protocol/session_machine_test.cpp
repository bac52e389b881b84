#include "protocol/session_machine.hpp"

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

Error const kExpired(ErrorCode::message_queue_token_expired, "401");
Error const kLost(ErrorCode::session_lost, "404");
Error const kNetwork(ErrorCode::network, "reset");

TEST(SessionMachine, RefreshesOnceThenRepeatsOnce) {
  SessionMachine machine(opened());
  auto const generation = machine.generation();
  EXPECT_EQ(machine.call_failed(kExpired, generation, false), Answer::refresh);
  machine.refreshed(with_token("new"));
  EXPECT_EQ(machine.session().queue.token.reveal(), "new");
  EXPECT_NE(machine.generation(), generation);
  EXPECT_EQ(machine.call_failed(kExpired, machine.generation(), true), Answer::give_up);
}

TEST(SessionMachine, OnlyOneOfSeveralCallsRefreshes) {
  SessionMachine machine(opened());
  auto const generation = machine.generation();
  EXPECT_EQ(machine.call_failed(kExpired, generation, false), Answer::refresh);
  EXPECT_EQ(machine.call_failed(kExpired, generation, false), Answer::wait);
  EXPECT_EQ(machine.want_refresh(), Answer::wait);
  machine.refreshed(with_token("new"));
  // A third call of the old token comes back late.
  EXPECT_EQ(machine.call_failed(kExpired, generation, false), Answer::repeat);
  EXPECT_EQ(machine.want_refresh(), Answer::refresh);
}

TEST(SessionMachine, OtherErrorsAreTheCallsResult) {
  SessionMachine machine(opened());
  for (ErrorCode const code :
       {ErrorCode::network, ErrorCode::timeout, ErrorCode::unauthorized, ErrorCode::not_found,
        ErrorCode::cancelled, ErrorCode::scale_set_not_found, ErrorCode::server_error}) {
    EXPECT_EQ(machine.call_failed(Error(code, ""), machine.generation(), false), Answer::give_up);
    EXPECT_FALSE(machine.lost());
  }
}

TEST(SessionMachine, IsLostForGood) {
  SessionMachine by_refresh(opened());
  EXPECT_EQ(by_refresh.want_refresh(), Answer::refresh);
  by_refresh.refresh_failed(kLost);
  SessionMachine by_call(opened());
  EXPECT_EQ(by_call.call_failed(kLost, by_call.generation(), false), Answer::give_up);
  for (SessionMachine* machine : {&by_refresh, &by_call}) {
    EXPECT_TRUE(machine->lost());
    EXPECT_EQ(machine->want_refresh(), Answer::give_up);
    EXPECT_EQ(machine->call_failed(kExpired, machine->generation(), false), Answer::give_up);
    EXPECT_EQ(machine->call_failed(kExpired, machine->generation() - 1, false), Answer::give_up);
  }
}

TEST(SessionMachine, AFailedRefreshMayBeTriedAgain) {
  SessionMachine machine(opened());
  EXPECT_EQ(machine.call_failed(kExpired, machine.generation(), false), Answer::refresh);
  machine.refresh_failed(kNetwork);
  EXPECT_FALSE(machine.lost());
  EXPECT_EQ(machine.session().queue.token.reveal(), "old");
  EXPECT_EQ(machine.call_failed(kExpired, machine.generation(), false), Answer::refresh);
}

TEST(SessionMachine, KeepsWhatARefreshLeavesOut) {
  SessionMachine machine(opened());
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

}  // namespace
}  // namespace scaleset::protocol
