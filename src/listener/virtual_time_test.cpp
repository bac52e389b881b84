#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "scaleset/async/listener.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/testing/fake_async_message_source.hpp"
#include "scaleset/testing/fake_clock.hpp"

/// A coroutine listener with a source that needs no service, on a clock that the test moves, as
/// users of the library do it in their own tests.
namespace scaleset::inline v0::async {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class VirtualTimeListenerTest : public ::testing::Test, public ListenerHandler {
 protected:
  VirtualTimeListenerTest() {
    Listener::Options options;
    options.scale_set = ScaleSetId{5};
    options.owner = "host";
    options.on_trouble = [this](Error const* error) {
      troubles.emplace_back(error == nullptr ? "none" : error->message);
      if (trouble_throws) throw std::runtime_error("the status is gone");
    };
    options.hooks.clock = time.clock();
    options.hooks.random = std::make_shared<testing::FixedRandom>(0);
    listener = std::make_unique<Listener>(context.get_executor(), source, *this, options);
  }
  ~VirtualTimeListenerTest() override {
    listener->stop();
    context.restart();
    context.poll();
  }
  void start() {
    boost::asio::co_spawn(context, listener->run(),
                          [this](std::exception_ptr error, Result<void> result) {
                            if (error) std::rethrow_exception(error);
                            events.emplace_back(result ? "ended" : "failed");
                          });
    context.poll();
  }

  Task<void> apply(Message message) override {
    events.push_back("apply " + std::to_string(message.id.value));
    co_return Result<void>();
  }
  Task<void> quarantine(Message) override { co_return Result<void>(); }
  Task<void> idle() override {
    events.emplace_back("idle");
    if (!idle_hangs) co_return Result<void>();
    bool const whole = co_await sleep_for(std::chrono::hours(1));
    events.emplace_back(whole ? "idle for an hour" : "idle was cancelled");
    co_return fail(ErrorCode::cancelled, "cancelled");
  }
  int capacity() override { return max_runners; }
  Task<ScaleSetId> replace_scale_set() override { co_return ScaleSetId{6}; }

  boost::asio::io_context context{1};
  VirtualTime time{context};
  testing::FakeAsyncMessageSource source;
  std::unique_ptr<Listener> listener;
  int max_runners = 10;
  bool idle_hangs = false;
  bool trouble_throws = false;
  std::vector<std::string> troubles;
  std::vector<std::string> events;
};

TEST_F(VirtualTimeListenerTest, AHeldPollEndsAfterFiftySecondsOfItsClock) {
  start();
  EXPECT_THAT(events, ElementsAre("apply 0"));
  time.advance(seconds(49));
  EXPECT_THAT(events, ElementsAre("apply 0"));
  time.advance(seconds(1));
  EXPECT_THAT(events, ElementsAre("apply 0", "idle"));
  time.advance(seconds(100));
  EXPECT_THAT(events, ElementsAre("apply 0", "idle", "idle", "idle"));
}

TEST_F(VirtualTimeListenerTest, AMessageReachesAHeldPoll) {
  start();
  time.advance(seconds(10));
  Message message;
  message.id = MessageId{7};
  source.script.deliver(message);
  time.advance(seconds(1));
  EXPECT_THAT(events, ElementsAre("apply 0", "apply 7"));
  EXPECT_THAT(source.script.calls(), Contains("delete 7"));
}

TEST_F(VirtualTimeListenerTest, AnotherOwnersSessionIsWaitedOut) {
  source.script.open_errors = {Error(ErrorCode::session_conflict, "taken"),
                               Error(ErrorCode::session_conflict, "taken")};
  start();
  EXPECT_THAT(events, IsEmpty());
  time.advance(seconds(60));
  EXPECT_THAT(events, ElementsAre("apply 0"));
  EXPECT_THAT(source.script.calls(), Contains("open 5 host").Times(3));
}

TEST_F(VirtualTimeListenerTest, EachFailureIsToldUntilAPollIsAnswered) {
  source.script.open_errors = {Error(ErrorCode::server_error, "no session")};
  source.script.fail(Error(ErrorCode::network, "no poll"));
  source.script.fail(Error(ErrorCode::network, "still none"));
  start();
  time.advance(seconds(300));
  ASSERT_GE(troubles.size(), 4U);
  EXPECT_THAT(troubles[0], HasSubstr("no session"));
  EXPECT_THAT(troubles[1], HasSubstr("no poll"));
  EXPECT_THAT(troubles[2], HasSubstr("still none"));
  EXPECT_EQ(troubles[3], "none");
}

TEST_F(VirtualTimeListenerTest, APollThatIsCutIsNoFailure) {
  start();
  max_runners = 3;
  listener->capacity_changed();
  context.restart();
  context.poll();
  EXPECT_THAT(troubles, IsEmpty());
}

TEST_F(VirtualTimeListenerTest, WhoeverIsToldMayThrow) {
  trouble_throws = true;
  start();
  time.advance(seconds(120));
  EXPECT_THAT(troubles, ElementsAre("none", "none"));
  EXPECT_THAT(events, ElementsAre("apply 0", "idle", "idle"));
}

TEST_F(VirtualTimeListenerTest, AStopInterruptsAWait) {
  source.script.open_errors = {Error(ErrorCode::session_conflict, "taken")};
  start();
  listener->stop();
  context.restart();
  context.poll();
  EXPECT_THAT(events, ElementsAre("ended"));
  EXPECT_EQ(time.next(), std::nullopt);
}

TEST_F(VirtualTimeListenerTest, AChangedCapacityCutsAHeldPollShort) {
  start();
  max_runners = 3;
  listener->capacity_changed();
  context.restart();
  context.poll();
  EXPECT_THAT(source.script.calls(), ElementsAre("open 5 host", "acquirable jobs 5",
                                                 "get 0 capacity 10", "get 0 capacity 3"));
}

TEST_F(VirtualTimeListenerTest, AStopInterruptsTheHandlersIdleCall) {
  idle_hangs = true;
  start();
  time.advance(seconds(50));
  EXPECT_THAT(events, ElementsAre("apply 0", "idle"));
  listener->stop();
  context.restart();
  context.poll();
  EXPECT_THAT(events, ElementsAre("apply 0", "idle", "idle was cancelled", "ended"));
  EXPECT_EQ(time.next(), std::nullopt);
}

}  // namespace
}  // namespace scaleset::inline v0::async
