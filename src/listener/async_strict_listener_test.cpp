#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <functional>

#include "protocol/machines/testing/messages.hpp"
#include "scaleset/async/strict_listener.hpp"
#include "scaleset/testing/fake_async_message_source.hpp"
#include "scaleset/testing/fake_transport.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::inline v0::async {
namespace {

using protocol::testing::assigned;
using protocol::testing::job;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Message full_message() {
  Message message;
  message.id = MessageId{7};
  message.statistics = assigned(3);
  message.jobs = {JobCompleted(), job<JobAvailable>(21), JobAssigned(), JobStarted()};
  return message;
}

class AsyncStrictListenerTest : public ::testing::Test, public Scaler {
 protected:
  AsyncStrictListenerTest() {
    options.scale_set = ScaleSetId{5};
    options.max_runners = 10;
    options.hooks.metrics = metrics;
    source.script.session_statistics = assigned(2);
  }
  Error run() {
    listener = std::make_unique<StrictListener>(context.get_executor(), source, options);
    return testing::run_task(context, listener->run(*this)).error();
  }

  Task<void> on_job_started(JobStarted) override { co_return told("started"); }
  Task<void> on_job_completed(JobCompleted) override { co_return told("completed"); }
  Task<std::int64_t> on_desired_runner_count(std::int64_t assigned_jobs) override {
    auto result = told("desired " + std::to_string(assigned_jobs));
    if (!result) co_return std::unexpected(result.error());
    co_return assigned_jobs;
  }
  Result<void> told(std::string line) {
    lines.push_back(line);
    if (on_line) on_line(line);
    if (line == failing) return fail(ErrorCode::backend, "trouble");
    return {};
  }

  boost::asio::io_context context;
  testing::FakeAsyncMessageSource source;
  StrictListener::Options options;
  std::unique_ptr<StrictListener> listener;
  std::vector<std::string> lines;
  std::function<void(std::string const&)> on_line;
  std::string failing;
  std::shared_ptr<testing::RecordingMetricsSink> metrics =
      std::make_shared<testing::RecordingMetricsSink>();
};

TEST_F(AsyncStrictListenerTest, InvalidOptionsAreRefusedBeforeAnythingHappens) {
  options.max_runners = -1;
  EXPECT_EQ(run().code, ErrorCode::invalid_argument);
  options.max_runners = 0;
  options.scale_set = ScaleSetId{0};
  EXPECT_EQ(run().code, ErrorCode::invalid_argument);
  EXPECT_THAT(source.script.calls(), IsEmpty());
}

TEST_F(AsyncStrictListenerTest, HandlesAWholeMessageInOrder) {
  source.script.deliver(full_message());
  source.script.fail(Error(ErrorCode::network, "reset"));
  auto const error = run();
  EXPECT_EQ(error.code, ErrorCode::network);
  EXPECT_EQ(error.message, "failed to get message: reset");
  EXPECT_THAT(source.script.calls(),
              ElementsAre("get 0 capacity 10", "delete 7", "acquire 21", "get 7 capacity 10"));
  EXPECT_THAT(lines, ElementsAre("desired 2", "started", "completed", "desired 3"));
  EXPECT_THAT(metrics->lines(),
              ElementsAre("statistics assigned 2", "desired runners 2", "message received with 4",
                          "statistics assigned 3", "message acknowledged", "acquired 1 of 1",
                          "job started ", "job completed  ", "desired runners 3"));
}

TEST_F(AsyncStrictListenerTest, TheFirstErrorEndsIt) {
  struct Case {
    std::string line;
    std::string text;
  };
  for (auto const& one :
       {Case{"desired 2", "handling initial message failed: trouble"},
        Case{"started", "failed to handle message: failed to handle job started: trouble"},
        Case{"completed", "failed to handle message: failed to handle job completed: trouble"},
        Case{"desired 3",
             "failed to handle message: failed to handle desired runner count: trouble"}}) {
    source.script.deliver(full_message());
    failing = one.line;
    EXPECT_EQ(run().message, one.text);
  }
}

TEST_F(AsyncStrictListenerTest, ErrorsOfTheSourceEndIt) {
  source.script.deliver(full_message());
  source.script.acquire_error = Error(ErrorCode::not_found, "none");
  EXPECT_EQ(run().message,
            "failed to handle message: failed to acquire available jobs: acquiring jobs: none");
  source.script.deliver(full_message());
  source.script.delete_error = Error(ErrorCode::server_error, "trouble");
  EXPECT_EQ(run().message, "failed to handle message: failed to delete message: trouble");
  source.script.session_statistics.reset();
  EXPECT_EQ(run().code, ErrorCode::malformed_response);
}

TEST_F(AsyncStrictListenerTest, AStopDuringAPollStillHandlesTheMessageItBrings) {
  source.script.on_poll = [this] { listener->stop(); };
  source.script.deliver(full_message());
  EXPECT_EQ(run().code, ErrorCode::cancelled);
  EXPECT_THAT(lines, ElementsAre("desired 2", "started", "completed", "desired 3"));
}

TEST_F(AsyncStrictListenerTest, AStopEndsAHeldPoll) {
  // The post runs after the listener has begun to poll, because it does so in the same turn of the
  // loop.
  source.script.on_poll = [this] { boost::asio::post(context, [this] { listener->stop(); }); };
  EXPECT_EQ(run().code, ErrorCode::cancelled);
  EXPECT_THAT(source.script.calls(), ElementsAre("get 0 capacity 10"));
}

TEST_F(AsyncStrictListenerTest, MaxRunnersChangesFromTheNextPollOn) {
  source.script.deliver_nothing();
  source.script.fail(Error(ErrorCode::network, "reset"));
  source.script.on_poll = [this] {
    EXPECT_TRUE(listener->set_max_runners(4));
    EXPECT_EQ(listener->set_max_runners(-1).error().code, ErrorCode::invalid_argument);
  };
  (void)run();
  EXPECT_THAT(source.script.calls(), ElementsAre("get 0 capacity 10", "get 0 capacity 4"));
}

}  // namespace
}  // namespace scaleset::inline v0::async
