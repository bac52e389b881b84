#include "scaleset/scale_listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "protocol/machines/testing/messages.hpp"
#include "scaleset/testing/fake_message_source.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::inline v0 {
namespace {

using protocol::testing::assigned;
using protocol::testing::job;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Message full_message() {
  Message message;
  message.id = MessageId{7};
  message.statistics = assigned(3);
  message.jobs = {JobCompleted(), job<JobAvailable>(21), job<JobAvailable>(22), JobStarted()};
  return message;
}

/// Acquires the second of the jobs that a message offers, and notes what it is given.
class ChoosyScaler final : public MessageScaler {
 public:
  explicit ChoosyScaler(MessageSource& source) : source_(source) {}
  Result<void> scale(Message const* message) override {
    lines.push_back(message ? "scale " + std::to_string(message->id.value) : "scale nothing");
    if (on_call) on_call();
    if (lines.back() == failing) return fail(ErrorCode::backend, "trouble");
    if (!message || message->jobs.size() < 3) return {};
    auto const acquired =
        source_.acquire_jobs({std::get<JobAvailable>(message->jobs[2]).job.request});
    return acquired ? Result<void>() : std::unexpected(acquired.error());
  }
  std::vector<std::string> lines;
  std::function<void()> on_call;
  std::string failing;

 private:
  MessageSource& source_;
};

class ScaleListenerTest : public ::testing::Test {
 protected:
  ScaleListenerTest() {
    options.scale_set = ScaleSetId{5};
    options.max_runners = 10;
    options.hooks.metrics = metrics;
    source.session_statistics = assigned(2);
  }
  Error run() {
    ScaleListener listener(source, options);
    return listener.run(scaler, stop.get_token()).error();
  }

  testing::FakeMessageSource source;
  ChoosyScaler scaler{source};
  std::stop_source stop;
  ScaleListener::Options options;
  std::shared_ptr<testing::RecordingMetricsSink> metrics =
      std::make_shared<testing::RecordingMetricsSink>();
};

TEST_F(ScaleListenerTest, InvalidOptionsAreRefusedBeforeAnythingHappens) {
  options.scale_set = ScaleSetId{0};
  EXPECT_EQ(run().code, ErrorCode::invalid_argument);
  options.scale_set = ScaleSetId{5};
  options.max_runners = -1;
  EXPECT_EQ(run().code, ErrorCode::invalid_argument);
  EXPECT_THAT(source.calls(), IsEmpty());
  EXPECT_THAT(scaler.lines, IsEmpty());
}

TEST_F(ScaleListenerTest, TheScalerChoosesTheJobsAndTheMessageIsDeletedAfterIt) {
  source.deliver(full_message());
  source.deliver_nothing();
  source.fail(Error(ErrorCode::network, "reset"));
  auto const error = run();
  EXPECT_EQ(error.code, ErrorCode::network);
  EXPECT_EQ(error.message, "failed to get message: reset");
  EXPECT_THAT(source.calls(), ElementsAre("get 0 capacity 10", "acquire 22", "delete 7",
                                          "get 7 capacity 10", "get 7 capacity 10"));
  EXPECT_THAT(scaler.lines, ElementsAre("scale -1", "scale 7", "scale nothing"));
  EXPECT_THAT(metrics->lines(), ElementsAre("statistics assigned 2", "message received with 4",
                                            "statistics assigned 3", "job completed  ",
                                            "job started ", "message acknowledged"));
}

TEST_F(ScaleListenerTest, AMessageWhoseScalingFailsIsNotDeleted) {
  source.deliver(full_message());
  scaler.failing = "scale 7";
  EXPECT_EQ(run().message, "failed to scale: trouble");
  EXPECT_THAT(source.calls(), ElementsAre("get 0 capacity 10"));
}

TEST_F(ScaleListenerTest, AFailingDeletionEndsIt) {
  source.deliver(full_message());
  source.delete_error = Error(ErrorCode::server_error, "trouble");
  EXPECT_EQ(run().message, "failed to delete message: trouble");
}

TEST_F(ScaleListenerTest, AStopLetsTheMessageInHandBeScaledAndDeleted) {
  source.deliver(full_message());
  scaler.on_call = [this] {
    if (scaler.lines.back() == "scale 7") stop.request_stop();
  };
  EXPECT_EQ(run().code, ErrorCode::cancelled);
  EXPECT_THAT(source.calls(), ElementsAre("get 0 capacity 10", "acquire 22", "delete 7"));
}

TEST_F(ScaleListenerTest, MaxRunnersChangesFromTheNextPollOn) {
  ScaleListener listener(source, options);
  source.deliver_nothing();
  source.fail(Error(ErrorCode::network, "reset"));
  source.on_poll = [&listener] {
    EXPECT_TRUE(listener.set_max_runners(4));
    EXPECT_EQ(listener.set_max_runners(-1).error().code, ErrorCode::invalid_argument);
  };
  EXPECT_FALSE(listener.run(scaler, stop.get_token()));
  EXPECT_THAT(source.calls(), ElementsAre("get 0 capacity 10", "get 0 capacity 4"));
}

}  // namespace
}  // namespace scaleset::inline v0
