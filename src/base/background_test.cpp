#include "base/background.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <stdexcept>
#include <thread>

#include "base/testing/coroutine_test.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::base {
namespace {

namespace asio = boost::asio;

class BackgroundTest : public testing::CoroutineTest {
 protected:
  asio::awaitable<void> run(Background::Work<std::string> work) {
    return run_on(background_, std::move(work));
  }

  // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): outlives the loop's run
  asio::awaitable<void> run_on(Background& background, Background::Work<std::string> work) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Result<std::string> const result = co_await background.run<std::string>(std::move(work), stop_);
    events.push_back(result ? *result : std::string(to_string(result.error().code)));
    on_loop_ = std::this_thread::get_id() == loop_;
  }

  asio::awaitable<void> run_at_most(std::chrono::milliseconds longest,
                                    Background::Work<std::string> work) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto const result = co_await background_.run_at_most<std::string>(longest, std::move(work));
    events.push_back(result ? *result : std::string(to_string(result.error().code)));
  }

  Background background_{2};
  std::stop_source stop_;
  std::thread::id loop_ = std::this_thread::get_id();
  bool on_loop_ = false;
};

TEST_F(BackgroundTest, WorksOnAnotherThreadAndAnswersOnTheLoop) {
  spawn(run([this]() -> Result<std::string> {
    return std::this_thread::get_id() == loop_ ? "the loop" : "another";
  }));
  context.run();
  EXPECT_EQ(events, Events{"another"});
  EXPECT_TRUE(on_loop_);
}

TEST_F(BackgroundTest, AnErrorIsAResult) {
  spawn(run([]() -> Result<std::string> { return fail(ErrorCode::io, "no disk"); }));
  context.run();
  EXPECT_EQ(events, Events{"io"});
}

TEST_F(BackgroundTest, WhatIsThrownIsAnError) {
  spawn(run([]() -> Result<std::string> { throw std::runtime_error("thrown"); }));
  context.run();
  EXPECT_EQ(events, Events{"backend"});
}

TEST_F(BackgroundTest, AResultDoesNotWaitForOtherWork) {
  std::promise<void> hang;
  auto const hanging = hang.get_future().share();
  spawn(run([]() -> Result<std::string> { return "first"; }));
  for (int i = 0; i < 2; ++i) {
    spawn(run([hanging]() -> Result<std::string> {
      hanging.wait();
      return "later";
    }));
  }
  while (events.empty()) context.run_one();
  EXPECT_EQ(events, Events{"first"});
  hang.set_value();
  context.run();
}

TEST_F(BackgroundTest, ACancellationOnlyRequestsTheStop) {
  std::promise<void> begun;
  spawn(run([token = stop_.get_token(), &begun]() -> Result<std::string> {
    begun.set_value();
    while (!token.stop_requested()) std::this_thread::yield();
    return "stopped";
  }));
  context.poll();
  begun.get_future().wait();
  cancel();
  context.restart();
  context.run();
  EXPECT_EQ(events, Events{"stopped"});
}

TEST_F(BackgroundTest, ALookHasAnAnswer) {
  spawn(run_at_most(std::chrono::hours(1), [] { return std::string("seen"); }));
  context.run();
  EXPECT_EQ(events, Events{"seen"});
}

TEST_F(BackgroundTest, ALookThatTakesTooLongIsForgotten) {
  async::VirtualTime time(context);
  std::promise<void> hang;
  spawn(run_at_most(std::chrono::seconds(10), [&hang] {
    hang.get_future().wait();
    return std::string("late");
  }));
  time.advance(std::chrono::seconds(9));
  EXPECT_EQ(events, Events{});
  time.advance(std::chrono::seconds(1));
  EXPECT_EQ(events, Events{"timeout"});
  hang.set_value();
  context.restart();
  context.run();
  EXPECT_EQ(events, Events{"timeout"});
}

TEST_F(BackgroundTest, ALookThatIsCancelledIsForgotten) {
  std::promise<void> hang;
  spawn(run_at_most(std::chrono::hours(1), [&hang] {
    hang.get_future().wait();
    return std::string("late");
  }));
  context.poll();
  cancel();
  context.poll();
  EXPECT_EQ(events, Events{"cancelled"});
  hang.set_value();
  context.restart();
  context.run();
}

TEST_F(BackgroundTest, SomebodyElsesThreadIsUsedAndLeftRunning) {
  asio::thread_pool disk(1);
  {
    Background background(disk.get_executor());
    auto const work = [this]() -> Result<std::string> {
      return std::this_thread::get_id() == loop_ ? "the loop" : "the disk";
    };
    spawn(run_on(background, work));
    context.run();
  }
  EXPECT_EQ(events, Events{"the disk"});
  std::promise<void> still_works;
  asio::post(disk, [&] { still_works.set_value(); });
  still_works.get_future().wait();
  disk.join();
}

TEST_F(BackgroundTest, TheLoopItselfCanDoTheWork) {
  Background background(context.get_executor());
  auto const work = [this]() -> Result<std::string> {
    return std::this_thread::get_id() == loop_ ? "the loop" : "another";
  };
  spawn(run_on(background, work));
  context.run();
  EXPECT_EQ(events, Events{"the loop"});
}

TEST_F(BackgroundTest, OnlySoMuchIsThereAtATime) {
  asio::thread_pool disk(3);
  Background background(disk.get_executor(), 2);
  std::promise<void> hang;
  auto const hanging = hang.get_future().share();
  for (int i = 0; i < 2; ++i) {
    spawn(run_on(background, [hanging]() -> Result<std::string> {
      hanging.wait();
      return "first";
    }));
  }
  spawn(run_on(background, []() -> Result<std::string> { return "third"; }));
  context.poll();
  // The thread that is left is free for others, and has done what they want.
  std::promise<void> others;
  asio::post(disk, [&] { others.set_value(); });
  others.get_future().wait();
  context.poll();
  EXPECT_EQ(events, Events{}) << "the third waits for its turn";
  hang.set_value();
  context.restart();
  context.run();
  // The third may overtake one of those that were let go at the same moment.
  std::ranges::sort(events);
  EXPECT_EQ(events, (Events{"first", "first", "third"}));
  disk.join();
}

TEST_F(BackgroundTest, ATurnIsPassedOnAfterAnErrorToo) {
  asio::thread_pool disk(1);
  Background background(disk.get_executor(), 1);
  spawn(run_on(background, []() -> Result<std::string> { throw std::runtime_error("thrown"); }));
  spawn(run_on(background, []() -> Result<std::string> { return fail(ErrorCode::io, "no"); }));
  spawn(run_on(background, []() -> Result<std::string> { return "third"; }));
  context.run();
  EXPECT_EQ(events, (Events{"backend", "io", "third"}));
  disk.join();
}

/// A loop that goes while a look of a call that was given up is still under way.
TEST(BackgroundEnd, TheLoopMayGoBeforeTheWorkIsDone) {
  asio::thread_pool disk(1);
  std::promise<void> begun;
  std::promise<void> hang;
  {
    asio::io_context loop;
    Background background(disk.get_executor());
    auto look = [&]() -> Result<std::string> {
      begun.set_value();
      hang.get_future().wait();
      return "late";
    };
    asio::co_spawn(loop, background.run_at_most<std::string>(std::chrono::hours(1), look),
                   asio::detached);
    loop.poll();
    begun.get_future().wait();
  }
  hang.set_value();
  disk.join();
}

/// The thread that posts an answer must not touch a loop that has ended with it. A race, so it is
/// tried often.
TEST(BackgroundEnd, TheLoopMayGoAsSoonAsItHasTheAnswer) {
  asio::thread_pool disk(1);
  for (int i = 0; i < 300; ++i) {
    asio::io_context loop;
    Background background(disk.get_executor());
    auto work = []() -> Result<std::string> { return "done"; };
    asio::co_spawn(loop, background.run<std::string>(work, std::stop_source()), asio::detached);
    loop.run();
  }
  disk.join();
}

}  // namespace
}  // namespace scaleset::base
