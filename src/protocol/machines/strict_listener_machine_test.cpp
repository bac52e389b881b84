#include "protocol/machines/strict_listener_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/machines/testing/messages.hpp"

namespace scaleset::protocol {
namespace {

using testing::assigned;
using testing::job;
using Kind = StrictAction::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StrictListenerMachineTest : public ::testing::Test {
 protected:
  void expect(StrictAction action, Kind kind) {
    ASSERT_EQ(static_cast<int>(action.kind), static_cast<int>(kind));
    last = std::move(action);
  }
  void expect_desired(StrictAction action, std::int64_t jobs, bool measured) {
    expect(std::move(action), Kind::desired_count);
    EXPECT_EQ(last.assigned_jobs, jobs);
    EXPECT_EQ(last.measured, measured);
  }
  void expect_get(StrictAction action, std::int64_t after) {
    expect(std::move(action), Kind::get_message);
    EXPECT_EQ(last.id, MessageId{after});
  }
  void expect_end(StrictAction action, ErrorCode code, std::string const& text) {
    expect(std::move(action), Kind::finished);
    ASSERT_TRUE(last.error.has_value());
    EXPECT_EQ(last.error->code, code);
    EXPECT_EQ(last.error->message, text);
  }
  void open(std::int64_t jobs = 2) {
    expect_desired(machine.started(assigned(jobs)), jobs, true);
    expect_get(machine.succeeded(), 0);
  }
  [[nodiscard]] static Message full_message() {
    Message message;
    message.id = MessageId{7};
    message.statistics = assigned(3);
    message.jobs = {job<JobCompleted>(1), job<JobAvailable>(2), job<JobAssigned>(3),
                    job<JobStarted>(4),   job<JobAvailable>(5), job<JobStarted>(6)};
    return message;
  }

  StrictListenerMachine machine;
  StrictAction last;
};

TEST_F(StrictListenerMachineTest, DeletesThenAcquiresAllThenHandlesThenCounts) {
  open();
  expect(machine.received(full_message()), Kind::delete_message);
  EXPECT_EQ(last.id, MessageId{7});
  expect(machine.succeeded(), Kind::acquire);
  EXPECT_THAT(last.ids, ElementsAre(RequestId{2}, RequestId{5}));
  expect(machine.succeeded(), Kind::job_started);
  EXPECT_EQ(last.started.job.request, RequestId{4});
  expect(machine.succeeded(), Kind::job_started);
  EXPECT_EQ(last.started.job.request, RequestId{6});
  expect(machine.succeeded(), Kind::job_completed);
  EXPECT_EQ(last.completed.job.request, RequestId{1});
  expect_desired(machine.succeeded(), 3, true);
  expect_get(machine.succeeded(), 7);
}

TEST_F(StrictListenerMachineTest, NothingReceivedAsksForTheSameCountAgainUnmeasured) {
  open(2);
  expect_desired(machine.received(std::nullopt), 2, false);
  expect_get(machine.succeeded(), 0);
}

TEST_F(StrictListenerMachineTest, FollowsTheIdsWhereverTheyGo) {
  open();
  for (std::int64_t const id : {100000900, 100000001}) {
    Message message;
    message.id = MessageId{id};
    message.statistics = assigned(1);
    expect(machine.received(message), Kind::delete_message);
    expect_desired(machine.succeeded(), 1, true);
    expect_get(machine.succeeded(), id);
  }
}

TEST_F(StrictListenerMachineTest, MissingStatisticsOfAMessageAreTheLastOnes) {
  open(4);
  Message message;
  message.id = MessageId{7};
  expect(machine.received(message), Kind::delete_message);
  expect_desired(machine.succeeded(), 4, true);
}

TEST_F(StrictListenerMachineTest, MissingInitialStatisticsEndIt) {
  expect_end(machine.started(std::nullopt), ErrorCode::malformed_response,
             "the session came without statistics");
}

TEST_F(StrictListenerMachineTest, TheFirstErrorEndsItAndSaysWhere) {
  struct Case {
    int succeed_before;  // of the actions that follow the message
    std::string text;
  };
  std::vector<Case> const cases{
      {0, "failed to handle message: failed to delete message: trouble"},
      {1, "failed to handle message: failed to acquire available jobs: acquiring jobs: trouble"},
      {2, "failed to handle message: failed to handle job started: trouble"},
      {4, "failed to handle message: failed to handle job completed: trouble"},
      {5, "failed to handle message: failed to handle desired runner count: trouble"},
      {6, "failed to get message: trouble"}};
  for (auto const& one : cases) {
    machine = StrictListenerMachine();
    open();
    StrictAction action = machine.received(full_message());
    for (int done = 0; done < one.succeed_before; ++done) action = machine.succeeded();
    expect_end(machine.failed(Error(ErrorCode::io, "trouble")), ErrorCode::io, one.text);
  }
}

TEST_F(StrictListenerMachineTest, ErrorsOutsideOfMessagesSayWhere) {
  expect_desired(machine.started(assigned(1)), 1, true);
  expect_end(machine.failed(Error(ErrorCode::io, "trouble")), ErrorCode::io,
             "handling initial message failed: trouble");
  machine = StrictListenerMachine();
  open();
  expect_desired(machine.received(std::nullopt), 2, false);
  expect_end(machine.failed(Error(ErrorCode::io, "trouble")), ErrorCode::io,
             "handling nil message failed: trouble");
}

TEST_F(StrictListenerMachineTest, AnErrorKeepsWhatElseIsKnownAboutIt) {
  open();
  Error error(ErrorCode::server_error, "trouble");
  error.http_status = 503;
  error.operation = "GetMessage";
  expect(machine.failed(error), Kind::finished);
  EXPECT_EQ(last.error->http_status, 503);
  EXPECT_THAT(last.error->to_string(), HasSubstr("GetMessage"));
}

TEST_F(StrictListenerMachineTest, HandlesTheInitialStatisticsEvenIfStoppedAtOnce) {
  machine.stop_requested();
  expect_desired(machine.started(assigned(2)), 2, true);
  expect_end(machine.succeeded(), ErrorCode::cancelled, "the listener was asked to stop");
}

TEST_F(StrictListenerMachineTest, HandlesAMessageToItsEndThenStops) {
  open();
  machine.stop_requested();
  expect(machine.received(full_message()), Kind::delete_message);
  for (int i = 0; i < 4; ++i)
    expect(machine.succeeded(), last.kind == Kind::delete_message ? Kind::acquire
                                : i < 3                           ? Kind::job_started
                                                                  : Kind::job_completed);
  expect_desired(machine.succeeded(), 3, true);
  expect_end(machine.succeeded(), ErrorCode::cancelled, "the listener was asked to stop");
}

TEST_F(StrictListenerMachineTest, APollThatWasCutShortIsCancelled) {
  open();
  machine.stop_requested();
  expect(machine.failed(Error(ErrorCode::cancelled, "cut short")), Kind::finished);
  EXPECT_EQ(last.error->code, ErrorCode::cancelled);
  EXPECT_THAT(last.error->message, StartsWith("failed to get message"));
}

}  // namespace
}  // namespace scaleset::protocol
