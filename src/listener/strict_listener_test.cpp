#include "scaleset/strict_listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "protocol/machines/testing/messages.hpp"
#include "scaleset/testing/fake_message_source.hpp"
#include "scaleset/testing/recording_hooks.hpp"
#include "scaleset/testing/recording_scaler.hpp"

namespace scaleset::inline v0 {
namespace {

using protocol::testing::assigned;
using protocol::testing::job;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Message full_message() {
  Message message;
  message.id = MessageId{7};
  message.statistics = assigned(3);
  JobStarted started;
  started.runner_name = "runner-1";
  JobCompleted completed;
  completed.result = "canceled";
  UnknownJobMessage unknown;
  unknown.type = "JobPaused";
  message.jobs = {completed, job<JobAvailable>(21), JobAssigned(), started, unknown};
  return message;
}

/// What the tests of GitHub's listener assert (protocol.md 14.6), and what those of the older
/// listener asserted (14.8).
class StrictListenerTest : public ::testing::Test {
 protected:
  StrictListenerTest() {
    options.scale_set = ScaleSetId{5};
    options.max_runners = 10;
    options.hooks.metrics = metrics;
    options.hooks.log = log;
    source.session_statistics = assigned(2);
  }
  Error run() {
    StrictListener listener(source, options);
    return listener.run(scaler, stop.get_token()).error();
  }

  testing::FakeMessageSource source;
  testing::RecordingScaler scaler;
  std::stop_source stop;
  StrictListener::Options options;
  std::shared_ptr<testing::RecordingMetricsSink> metrics =
      std::make_shared<testing::RecordingMetricsSink>();
  std::shared_ptr<testing::RecordingLogSink> log = std::make_shared<testing::RecordingLogSink>();
};

TEST_F(StrictListenerTest, InvalidOptionsAreRefusedBeforeAnythingHappens) {
  options.scale_set = ScaleSetId{0};
  EXPECT_EQ(run().code, ErrorCode::invalid_argument);
  options.scale_set = ScaleSetId{5};
  options.max_runners = -1;
  EXPECT_EQ(run().code, ErrorCode::invalid_argument);
  EXPECT_THAT(source.calls(), IsEmpty());
  EXPECT_THAT(scaler.lines(), IsEmpty());
}

TEST_F(StrictListenerTest, ZeroRunnersAreAllowed) {
  options.max_runners = 0;
  stop.request_stop();
  EXPECT_EQ(run().code, ErrorCode::cancelled);
}

TEST_F(StrictListenerTest, HandlesTheInitialStatisticsRegardlessOfMessages) {
  stop.request_stop();
  EXPECT_EQ(run().code, ErrorCode::cancelled);
  EXPECT_THAT(scaler.lines(), ElementsAre("desired 2"));
  EXPECT_THAT(metrics->lines(), ElementsAre("statistics assigned 2", "desired runners 2"));
  EXPECT_THAT(source.calls(), IsEmpty());
}

TEST_F(StrictListenerTest, AStopDuringAPollStillHandlesTheMessageItBrings) {
  source.on_poll = [this] { stop.request_stop(); };
  Message message;
  message.id = MessageId{1};
  message.statistics = assigned(3);
  source.deliver(message);
  EXPECT_EQ(run().code, ErrorCode::cancelled);
  EXPECT_THAT(source.calls(), ElementsAre("get 0 capacity 10", "delete 1"));
  EXPECT_THAT(scaler.lines(), ElementsAre("desired 2", "desired 3"));
  EXPECT_THAT(metrics->lines(), Contains("statistics assigned 3"));
}

TEST_F(StrictListenerTest, AStopEndsAHeldPoll) {
  std::jthread const stopper([this] {
    if (scaler.wait_for("desired 2")) stop.request_stop();
  });
  EXPECT_EQ(run().code, ErrorCode::cancelled);
}

TEST_F(StrictListenerTest, HandlesAWholeMessageInOrder) {
  source.deliver(full_message());
  source.fail(Error(ErrorCode::network, "reset"));
  auto const error = run();
  EXPECT_EQ(error.code, ErrorCode::network);
  EXPECT_EQ(error.message, "failed to get message: reset");
  EXPECT_THAT(source.calls(),
              ElementsAre("get 0 capacity 10", "delete 7", "acquire 21", "get 7 capacity 10"));
  EXPECT_THAT(scaler.lines(),
              ElementsAre("desired 2", "started runner-1", "completed  canceled", "desired 3"));
  EXPECT_THAT(metrics->lines(),
              ElementsAre("statistics assigned 2", "desired runners 2", "message received with 5",
                          "statistics assigned 3", "unknown job message JobPaused",
                          "message acknowledged", "acquired 1 of 1", "job started runner-1",
                          "job completed  canceled", "desired runners 3"));
}

TEST_F(StrictListenerTest, APollWithoutAMessageAsksForTheCountAgainButDoesNotMeasureIt) {
  source.deliver_nothing();
  source.fail(Error(ErrorCode::network, "reset"));
  (void)run();
  EXPECT_THAT(scaler.lines(), ElementsAre("desired 2", "desired 2"));
  EXPECT_THAT(metrics->lines(), ElementsAre("statistics assigned 2", "desired runners 2"));
}

TEST_F(StrictListenerTest, StatisticsAreRequiredOfTheSession) {
  source.session_statistics.reset();
  auto const error = run();
  EXPECT_EQ(error.code, ErrorCode::malformed_response);
  EXPECT_THAT(error.message, HasSubstr("without statistics"));
  EXPECT_THAT(scaler.lines(), IsEmpty());
}

TEST_F(StrictListenerTest, AMessageThatCannotBeDeletedIsNotHandled) {
  source.deliver(full_message());
  source.delete_error = Error(ErrorCode::server_error, "trouble");
  EXPECT_EQ(run().message, "failed to handle message: failed to delete message: trouble");
  EXPECT_THAT(scaler.lines(), ElementsAre("desired 2"));
}

TEST_F(StrictListenerTest, OffersThatCannotBeAcquiredEndIt) {
  source.deliver(full_message());
  source.acquire_error = Error(ErrorCode::message_queue_token_expired, "expired");
  auto const error = run();
  EXPECT_EQ(error.code, ErrorCode::message_queue_token_expired);
  EXPECT_EQ(error.message,
            "failed to handle message: failed to acquire available jobs: acquiring jobs: expired");
}

TEST_F(StrictListenerTest, TheScalersErrorsEndIt) {
  struct Case {
    std::string line;
    std::string text;
  };
  for (auto const& one :
       {Case{"desired 2", "handling initial message failed: told to fail at: desired 2"},
        Case{"started runner-1",
             "failed to handle message: failed to handle job started: told to fail at: started "
             "runner-1"},
        Case{"completed  canceled",
             "failed to handle message: failed to handle job completed: told to fail at: "
             "completed  canceled"},
        Case{"desired 3",
             "failed to handle message: failed to handle desired runner count: told to fail at: "
             "desired 3"}}) {
    testing::FakeMessageSource fresh;
    fresh.session_statistics = assigned(2);
    fresh.deliver(full_message());
    scaler.fail(one.line);
    StrictListener listener(fresh, options);
    EXPECT_EQ(listener.run(scaler, stop.get_token()).error().message, one.text);
  }
}

TEST_F(StrictListenerTest, MaxRunnersChangesFromTheNextPollOn) {
  StrictListener listener(source, options);
  EXPECT_EQ(listener.set_max_runners(-1).error().code, ErrorCode::invalid_argument);
  source.deliver_nothing();
  source.fail(Error(ErrorCode::network, "reset"));
  source.on_poll = [&] { EXPECT_TRUE(listener.set_max_runners(4)); };
  (void)listener.run(scaler, stop.get_token());
  EXPECT_THAT(source.calls(), ElementsAre("get 0 capacity 10", "get 0 capacity 4"));
}

TEST_F(StrictListenerTest, LogsTheLinesThatHarnessesWaitFor) {
  source.deliver(full_message());
  source.fail(Error(ErrorCode::network, "reset"));
  (void)run();
  EXPECT_THAT(log->lines(), ElementsAre("info listener: Handling initial session statistics",
                                        "info listener: Getting next message last_message=0",
                                        "info listener: Acquiring jobs count=1",
                                        "info listener: Jobs acquired count=1",
                                        "info listener: Getting next message last_message=7"));
}

}  // namespace
}  // namespace scaleset::inline v0
