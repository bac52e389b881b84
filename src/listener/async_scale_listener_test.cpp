#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <stdexcept>

#include "protocol/machines/testing/messages.hpp"
#include "scaleset/async/scale_listener.hpp"
#include "scaleset/testing/fake_async_message_source.hpp"
#include "scaleset/testing/fake_transport.hpp"

namespace scaleset::inline v0::async {
namespace {

using protocol::testing::assigned;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Message message(std::int64_t id) {
  Message result;
  result.id = MessageId{id};
  result.statistics = assigned(3);
  return result;
}

class AsyncScaleListenerTest : public ::testing::Test, public MessageScaler {
 protected:
  AsyncScaleListenerTest() {
    options.scale_set = ScaleSetId{5};
    options.max_runners = 10;
    source.script.session_statistics = assigned(2);
  }
  Error run() {
    listener = std::make_unique<ScaleListener>(context.get_executor(), source, options);
    return testing::run_task(context, listener->run(*this)).error();
  }
  Task<void> scale(std::optional<Message> message) override {
    lines.push_back(message ? "scale " + std::to_string(message->id.value) : "scale nothing");
    if (on_call) on_call();
    if (lines.back() == failing) co_return fail(ErrorCode::backend, "trouble");
    co_return Result<void>();
  }

  boost::asio::io_context context;
  testing::FakeAsyncMessageSource source;
  ScaleListener::Options options;
  std::unique_ptr<ScaleListener> listener;
  std::vector<std::string> lines;
  std::function<void()> on_call;
  std::string failing;
};

TEST_F(AsyncScaleListenerTest, InvalidOptionsAreRefusedBeforeAnythingHappens) {
  options.max_runners = -1;
  EXPECT_EQ(run().code, ErrorCode::invalid_argument);
  options.max_runners = 0;
  options.scale_set = ScaleSetId{0};
  EXPECT_EQ(run().code, ErrorCode::invalid_argument);
  EXPECT_THAT(source.script.calls(), IsEmpty());
}

TEST_F(AsyncScaleListenerTest, ScalesThenDeletesAndScalesAfterAnEmptyPoll) {
  source.script.deliver(message(7));
  source.script.deliver_nothing();
  source.script.fail(Error(ErrorCode::network, "reset"));
  EXPECT_EQ(run().message, "failed to get message: reset");
  EXPECT_THAT(lines, ElementsAre("scale -1", "scale 7", "scale nothing"));
  EXPECT_THAT(source.script.calls(), ElementsAre("get 0 capacity 10", "delete 7",
                                                 "get 7 capacity 10", "get 7 capacity 10"));
}

TEST_F(AsyncScaleListenerTest, AMessageWhoseScalingFailsIsNotDeleted) {
  source.script.deliver(message(7));
  failing = "scale 7";
  EXPECT_EQ(run().message, "failed to scale: trouble");
  EXPECT_THAT(source.script.calls(), ElementsAre("get 0 capacity 10"));
}

TEST_F(AsyncScaleListenerTest, AnExceptionOfTheScalerIsItsError) {
  source.script.deliver(message(7));
  on_call = [this] {
    if (lines.back() == "scale 7") throw std::runtime_error("boom");
  };
  EXPECT_THAT(run().message, HasSubstr("MessageScaler::scale"));
  EXPECT_THAT(source.script.calls(), ElementsAre("get 0 capacity 10"));
}

TEST_F(AsyncScaleListenerTest, ErrorsOfTheSourceEndIt) {
  source.script.deliver(message(7));
  source.script.delete_error = Error(ErrorCode::server_error, "trouble");
  EXPECT_EQ(run().message, "failed to delete message: trouble");
  source.script.session_statistics.reset();
  EXPECT_EQ(run().code, ErrorCode::malformed_response);
}

TEST_F(AsyncScaleListenerTest, AStopLetsTheMessageInHandBeScaledAndDeleted) {
  source.script.deliver(message(7));
  on_call = [this] {
    if (lines.back() == "scale 7") listener->stop();
  };
  EXPECT_EQ(run().code, ErrorCode::cancelled);
  EXPECT_THAT(source.script.calls(), ElementsAre("get 0 capacity 10", "delete 7"));
}

TEST_F(AsyncScaleListenerTest, AStopEndsAHeldPoll) {
  // The post runs after the listener has begun to poll, because it does so in the same turn of the
  // loop.
  source.script.on_poll = [this] { boost::asio::post(context, [this] { listener->stop(); }); };
  EXPECT_EQ(run().code, ErrorCode::cancelled);
  EXPECT_THAT(lines, ElementsAre("scale -1"));
}

TEST_F(AsyncScaleListenerTest, MaxRunnersChangesFromTheNextPollOn) {
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
