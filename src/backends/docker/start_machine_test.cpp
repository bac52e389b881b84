#include "backends/docker/start_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::backends::docker {
namespace {

using Step = StartMachine::Step;
using ::testing::HasSubstr;

Error lost() { return {ErrorCode::network, "the connection ended"}; }
Error refused() { return {ErrorCode::backend, "no"}; }

/// A machine that has done everything before `step`.
StartMachine before(Step step) {
  StartMachine machine;
  while (machine.step() != step) machine.done();
  return machine;
}

TEST(StartMachine, DoesOneStepAfterTheOther) {
  StartMachine machine;
  for (Step const step : {Step::create, Step::attach, Step::start, Step::hand_over}) {
    EXPECT_EQ(machine.step(), step);
    machine.done();
  }
  EXPECT_EQ(machine.step(), Step::finished);
  EXPECT_TRUE(machine.result());
}

TEST(StartMachine, WhatWasNotGivenItsJitConfigurationForCertainIsRemoved) {
  for (Step const step : {Step::attach, Step::start, Step::hand_over})
    for (Error const& error : {lost(), refused()}) {
      StartMachine machine = before(step);
      machine.failed(error);
      EXPECT_EQ(machine.step(), Step::remove);
      machine.done();
      EXPECT_EQ(machine.step(), Step::finished);
      EXPECT_EQ(machine.result().error().message, error.message);
    }
}

TEST(StartMachine, ARefusedCreationHasMadeNothing) {
  StartMachine machine;
  machine.failed(refused());
  EXPECT_EQ(machine.step(), Step::finished);
  EXPECT_EQ(machine.result().error().message, "no");
}

TEST(StartMachine, ACreationWithoutAnAnswerMayHaveMadeSomething) {
  StartMachine machine;
  machine.failed(lost());
  EXPECT_EQ(machine.step(), Step::remove);
  machine.failed(lost());
  EXPECT_EQ(machine.step(), Step::finished) << "lists find it later";
  EXPECT_EQ(machine.result().error().code, ErrorCode::network);
}

TEST(StartMachine, ATakenNameIsNeverRemoved) {
  StartMachine machine;
  machine.failed({ErrorCode::conflict, "The name is in use"});
  ASSERT_EQ(machine.step(), Step::look);
  StartMachine foreign = machine;
  foreign.looked(false);
  EXPECT_EQ(foreign.step(), Step::finished);
  EXPECT_EQ(foreign.result().error().message, "The name is in use");
  machine.looked(true);
  EXPECT_EQ(machine.step(), Step::finished);
  EXPECT_THAT(machine.result().error().message, HasSubstr("use a new name"));
}

TEST(StartMachine, ALookThatFailsLeavesTheContainerToo) {
  StartMachine machine;
  machine.failed({ErrorCode::conflict, "The name is in use"});
  machine.failed(lost());
  EXPECT_EQ(machine.step(), Step::finished);
  EXPECT_EQ(machine.result().error().code, ErrorCode::conflict);
}

TEST(StartMachine, WhoGivesUpLeavesNothing) {
  for (Step const step : {Step::create, Step::attach, Step::start}) {
    StartMachine machine = before(step);
    machine.give_up();
    EXPECT_EQ(machine.step(), step) << "what is under way comes to its end";
    machine.done();
    EXPECT_EQ(machine.step(), Step::remove);
    machine.done();
    EXPECT_EQ(machine.result().error().code, ErrorCode::cancelled);
  }
}

TEST(StartMachine, ARunnerThatRunsIsNotGivenUp) {
  StartMachine machine = before(Step::hand_over);
  machine.give_up();
  machine.done();
  EXPECT_EQ(machine.step(), Step::finished);
  EXPECT_TRUE(machine.result());
}

}  // namespace
}  // namespace scaleset::backends::docker
