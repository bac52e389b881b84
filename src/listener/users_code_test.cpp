#include <stdexcept>

#include "listener/testing/async_listener_fixture.hpp"

/// What the handler of a listener throws counts as a failure, and the listener goes on.
namespace scaleset::inline v0::async {
namespace {

using listener::testing::job;
using listener::testing::ListenerFixture;
using listener::testing::message;
using ::testing::Contains;
using ::testing::HasSubstr;

class ThrowingHandler : public ListenerFixture {
 protected:
  Task<void> apply(Message message) override {
    if (message.id.value != 0 && throws_left > 0) {
      --throws_left;
      throw std::runtime_error("database gone");  // no coroutine yet
    }
    return ListenerFixture::apply(std::move(message));
  }
  Task<void> quarantine(Message message) override {
    service.events.push_back("quarantine " + std::to_string(message.id.value));
    if (message.id.value > 0) throw std::runtime_error("no room");
    co_return Result<void>();
  }
  Task<void> idle() override {
    service.events.emplace_back("idle");
    throw 3;  // anything may be thrown
    co_return Result<void>();
  }
  int capacity() override {
    if (++asked > 1) throw std::runtime_error("cannot count");
    return max_runners;
  }
  int throws_left = 0;
  int asked = 0;
};

TEST_F(ThrowingHandler, AMessageWhoseHandlerThrewIsDeliveredAgain) {
  throws_left = 1;
  service.polls = {message(7, job("JobStarted")), message(7, job("JobStarted"))};
  run();
  EXPECT_EQ(count("apply 7 with 1 jobs"), 1);
  EXPECT_EQ(count("acknowledge 7"), 1);
  EXPECT_THAT(log->lines(), Contains(HasSubstr("database gone")));
  EXPECT_EQ(service.events.back(), "ended") << "and the session was closed";
  EXPECT_EQ(count("close"), 1);
}

TEST_F(ThrowingHandler, AMessageThatCannotEvenBeSetAsideIsDeliveredAgain) {
  throws_left = 4;
  service.polls = {message(7, job("JobStarted")), message(7, job("JobStarted")),
                   message(7, job("JobStarted")), message(7, job("JobStarted")),
                   message(7, job("JobStarted"))};
  run();
  EXPECT_EQ(count("quarantine 7"), 1);
  EXPECT_EQ(count("apply 7 with 1 jobs"), 1) << "the fifth time";
  EXPECT_EQ(count("acknowledge 7"), 1);
  EXPECT_THAT(log->lines(), Contains(HasSubstr("it stays in the queue and is tried again")));
  EXPECT_EQ(service.events.back(), "ended");
}

TEST_F(ThrowingHandler, TheLastCapacityHoldsWhileItCannotBeTold) {
  run();
  EXPECT_EQ(count("poll 0 capacity 10"), 1);
  EXPECT_EQ(count("idle"), 1);
  EXPECT_THAT(log->lines(), Contains(HasSubstr("ListenerHandler::capacity")));
  EXPECT_EQ(service.events.back(), "ended");
}

}  // namespace
}  // namespace scaleset::inline v0::async
