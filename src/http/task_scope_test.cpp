#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/condition.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::inline v0::async {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
constexpr std::chrono::hours kMustNotExpire{1};

class RecordingSink final : public LogSink {
 public:
  [[nodiscard]] bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogRecord const& record) noexcept override {
    std::string line(record.message);
    for (LogField const& field : record.fields) {
      if (auto const* text = std::get_if<std::string_view>(&field.value))
        line.append(" ").append(*text);
    }
    lines.push_back(std::move(line));
  }
  std::vector<std::string> lines;
};

class TaskScopeTest : public ::testing::Test {
 protected:
  /// Runs until nothing is left to do. Returns whether join() has returned.
  bool run_to_join() {
    bool joined = false;
    asio::co_spawn(context, join_and_tell(&joined), asio::detached);
    context.run();
    context.restart();
    return joined;
  }
  asio::awaitable<void> join_and_tell(bool* joined) {
    co_await scope.join();
    *joined = true;
  }

  asio::io_context context{1};
  std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
  TaskScope scope{context.get_executor(), sink};
  std::vector<std::string> events;
};

asio::awaitable<void> note(std::vector<std::string>* events, std::string text) {
  events->push_back(std::move(text));
  co_return;
}

asio::awaitable<void> sleep_and_note(std::vector<std::string>* events, std::string name) {
  bool const slept = co_await async::sleep_for(kMustNotExpire);
  bool const cancelled = co_await async::is_cancelled();
  events->push_back(name + (slept ? " slept" : " woken") + (cancelled ? " cancelled" : ""));
}

TEST_F(TaskScopeTest, JoinReturnsAtOnceWhenNothingWasSpawned) { EXPECT_TRUE(run_to_join()); }

TEST_F(TaskScopeTest, TasksStartFromTheQueueInOrder) {
  scope.spawn(note(&events, "first"));
  scope.spawn(note(&events, "second"));
  EXPECT_THAT(events, ElementsAre());
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("first", "second"));
}

TEST_F(TaskScopeTest, SpawningInsideTheLoopDoesNotRunTheTaskInsideTheCall) {
  asio::post(context, [this] {
    scope.spawn(note(&events, "task"));
    events.emplace_back("spawned");
  });
  context.run();
  EXPECT_THAT(events, ElementsAre("spawned", "task"));
}

TEST_F(TaskScopeTest, JoinWaitsForARunningTask) {
  scope.spawn(sleep_and_note(&events, "task"));
  bool joined = false;
  asio::co_spawn(context, join_and_tell(&joined), asio::detached);
  context.poll();
  EXPECT_FALSE(joined);
  scope.request_stop();
  context.run();
  EXPECT_TRUE(joined);
}

TEST_F(TaskScopeTest, StopCancelsAllInOrderOfSpawning) {
  for (char const* name : {"a", "b", "c"}) scope.spawn(sleep_and_note(&events, name));
  context.poll();
  EXPECT_FALSE(scope.stop_requested());
  scope.request_stop();
  EXPECT_TRUE(scope.stop_requested());
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("a woken cancelled", "b woken cancelled", "c woken cancelled"));
  EXPECT_THAT(sink->lines, ElementsAre());
}

TEST_F(TaskScopeTest, ATaskSpawnedButNotStartedBeforeTheStopFindsItselfCancelled) {
  scope.spawn(sleep_and_note(&events, "queued"));
  scope.request_stop();
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("queued woken cancelled"));
}

TEST_F(TaskScopeTest, ATaskSpawnedAfterTheStopFindsItselfCancelled) {
  scope.request_stop();
  scope.spawn(sleep_and_note(&events, "late"));
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("late woken cancelled"));
}

asio::awaitable<void> fail_with(std::string text) {
  throw std::runtime_error(text);
  co_return;
}
asio::awaitable<void> fail_with_a_number() {
  throw 42;
  co_return;
}

TEST_F(TaskScopeTest, AnExceptionIsLoggedAndEndsOnlyItsTask) {
  scope.spawn(fail_with("disk full"));
  scope.spawn(fail_with_a_number());
  scope.spawn(note(&events, "other"));
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("other"));
  EXPECT_THAT(sink->lines, ElementsAre(HasSubstr("disk full"), HasSubstr("not a std::exception")));
}

asio::awaitable<void> sleep_then_spawn(TaskScope* scope, std::vector<std::string>* events) {
  co_await async::sleep_for(kMustNotExpire);
  scope->spawn(sleep_and_note(events, "child"));
}

TEST_F(TaskScopeTest, ATaskMaySpawnWhileItIsBeingStopped) {
  for (int i = 0; i < 3; ++i) scope.spawn(sleep_then_spawn(&scope, &events));
  context.poll();
  scope.request_stop();
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("child woken cancelled", "child woken cancelled",
                                  "child woken cancelled"));
}

asio::awaitable<void> stop_from_inside(TaskScope* scope, std::vector<std::string>* events) {
  scope->request_stop();
  bool const cancelled = co_await async::is_cancelled();
  events->push_back(cancelled ? "cancelled" : "not cancelled");
}

TEST_F(TaskScopeTest, ATaskMayStopItsOwnScope) {
  scope.spawn(stop_from_inside(&scope, &events));
  scope.spawn(sleep_and_note(&events, "other"));
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("cancelled", "other woken cancelled"));
}

asio::awaitable<void> wait_for(base::Condition* signal, std::vector<std::string>* events) {
  co_await signal->wait_despite_cancellation();
  events->emplace_back("ended");
}

TEST_F(TaskScopeTest, ATaskMayEndBetweenAStopFromOutsideTheLoopAndItsTurn) {
  base::Condition signal;
  scope.spawn(wait_for(&signal, &events));
  context.poll();
  signal.notify_all();
  scope.request_stop();
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("ended"));
}

TEST_F(TaskScopeTest, StoppingTwiceIsStoppingOnce) {
  scope.spawn(sleep_and_note(&events, "task"));
  context.poll();
  scope.request_stop();
  scope.request_stop();
  EXPECT_TRUE(run_to_join());
  EXPECT_THAT(events, ElementsAre("task woken cancelled"));
}

asio::awaitable<void> join_inside(TaskScope* inner, std::vector<std::string>* events) {
  co_await inner->join();
  bool const throwing = co_await asio::this_coro::throw_if_cancelled();
  events->push_back(throwing ? "joined, throwing" : "joined");
}

TEST_F(TaskScopeTest, JoinGoesOnWaitingWhenItsOwnCoroutineIsCancelled) {
  TaskScope inner{context.get_executor(), sink};
  inner.spawn(sleep_and_note(&events, "inner"));
  scope.spawn(join_inside(&inner, &events));
  context.poll();
  scope.request_stop();
  context.poll();
  EXPECT_THAT(events, ElementsAre()) << "the outer scope does not stop the inner task";
  inner.request_stop();
  context.run();
  EXPECT_THAT(events, ElementsAre("inner woken cancelled", "joined"));
}

TEST_F(TaskScopeTest, JoinLeavesThrowingOnCancellationAsItWas) {
  asio::co_spawn(context, join_inside(&scope, &events), asio::detached);
  context.run();
  EXPECT_THAT(events, ElementsAre("joined, throwing"));
}

TEST_F(TaskScopeTest, TwoCoroutinesMayJoin) {
  scope.spawn(sleep_and_note(&events, "task"));
  bool first = false;
  asio::co_spawn(context, join_and_tell(&first), asio::detached);
  context.poll();
  scope.request_stop();
  EXPECT_TRUE(run_to_join());
  EXPECT_TRUE(first);
}

TEST(TaskScope, TasksLeftBehindAreReported) {
  auto sink = std::make_shared<RecordingSink>();
  std::vector<std::string> events;
  asio::io_context context{1};
  {
    TaskScope scope(context.get_executor(), sink);
    scope.spawn(sleep_and_note(&events, "task"));
  }
  EXPECT_THAT(sink->lines, ElementsAre(HasSubstr("destroyed before its tasks had ended")));
}

}  // namespace
}  // namespace scaleset::inline v0::async
