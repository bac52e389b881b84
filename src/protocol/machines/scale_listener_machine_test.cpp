#include "protocol/machines/scale_listener_machine.hpp"

#include <gtest/gtest.h>

#include <string>

#include "protocol/machines/testing/messages.hpp"

namespace scaleset::protocol {
namespace {

using testing::assigned;
using Kind = ScaleAction::Kind;

Message message(std::int64_t id) {
  Message result;
  result.id = MessageId{id};
  return result;
}

class ScaleListenerMachineTest : public ::testing::Test {
 protected:
  void expect(ScaleAction action, Kind kind, std::int64_t id = 0) {
    EXPECT_EQ(static_cast<int>(action.kind), static_cast<int>(kind));
    EXPECT_EQ(action.id, MessageId{id});
    last = std::move(action);
  }
  void expect_end(ScaleAction action, ErrorCode code, std::string const& text) {
    expect(std::move(action), Kind::finished);
    ASSERT_TRUE(last.error);
    EXPECT_EQ(last.error->code, code);
    EXPECT_EQ(last.error->message, text);
  }
  void open() {
    expect(machine.started(assigned(2)), Kind::scale);
    expect(machine.succeeded(), Kind::get_message, 0);
  }
  ScaleListenerMachine machine;
  ScaleAction last;
};

TEST_F(ScaleListenerMachineTest, BeginsWithTheStatisticsOfTheSession) {
  expect(machine.started(assigned(2)), Kind::scale);
  ASSERT_TRUE(last.message);
  EXPECT_EQ(last.message->id, MessageId{-1});
  EXPECT_EQ(last.message->statistics->assigned_jobs, 2);
  EXPECT_TRUE(last.message->jobs.empty());
  // There is no message of this id at the service, so nothing is deleted.
  expect(machine.succeeded(), Kind::get_message, 0);
}

TEST_F(ScaleListenerMachineTest, ASessionWithoutStatisticsEndsIt) {
  expect_end(machine.started(std::nullopt), ErrorCode::malformed_response,
             "the session came without statistics");
}

TEST_F(ScaleListenerMachineTest, AMessageIsDeletedAfterItIsScaled) {
  open();
  expect(machine.received(message(7)), Kind::scale);
  EXPECT_EQ(last.message->id, MessageId{7});
  expect(machine.succeeded(), Kind::delete_message, 7);
  expect(machine.succeeded(), Kind::get_message, 7);
  expect(machine.received(message(8)), Kind::scale);
  expect(machine.succeeded(), Kind::delete_message, 8);
  expect(machine.succeeded(), Kind::get_message, 8);
}

TEST_F(ScaleListenerMachineTest, AnEmptyPollIsScaledWithoutAMessage) {
  open();
  expect(machine.received(std::nullopt), Kind::scale);
  EXPECT_FALSE(last.message);
  expect(machine.succeeded(), Kind::get_message, 0);
}

TEST_F(ScaleListenerMachineTest, EveryFailureEndsItAndSaysWhere) {
  Error const trouble(ErrorCode::backend, "trouble");
  expect(machine.started(assigned(2)), Kind::scale);
  expect_end(machine.failed(trouble), ErrorCode::backend, "failed to scale: trouble");
  open();
  expect_end(machine.failed(trouble), ErrorCode::backend, "failed to get message: trouble");
  expect(machine.received(message(7)), Kind::scale);
  expect_end(machine.failed(trouble), ErrorCode::backend, "failed to scale: trouble");
  expect(machine.succeeded(), Kind::delete_message, 7);
  expect_end(machine.failed(trouble), ErrorCode::backend, "failed to delete message: trouble");
}

TEST_F(ScaleListenerMachineTest, AStopFinishesTheMessageInHand) {
  open();
  expect(machine.received(message(7)), Kind::scale);
  machine.stop_requested();
  expect(machine.succeeded(), Kind::delete_message, 7);
  expect_end(machine.succeeded(), ErrorCode::cancelled, "the listener was asked to stop");
}

TEST_F(ScaleListenerMachineTest, AStopBeforeTheFirstPollLeavesTheQueueAlone) {
  expect(machine.started(assigned(2)), Kind::scale);
  machine.stop_requested();
  expect_end(machine.succeeded(), ErrorCode::cancelled, "the listener was asked to stop");
}

}  // namespace
}  // namespace scaleset::protocol
