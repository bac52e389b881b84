#include "protocol/machines/retry_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::FixedRandom;
using Steady = std::chrono::steady_clock::time_point;

Steady const kStart{std::chrono::hours(5)};

Error error(ErrorCode code, int status = 0) {
  Error result(code, "text");
  result.http_status = status;
  return result;
}

/// The waits of a call that always fails, in milliseconds.
std::vector<std::int64_t> waits(Operation operation, RetryOptions const& options, Error failure,
                                double random = 0.0) {
  FixedRandom source(random);
  RetryMachine machine(operation, options, kStart);
  Steady now = kStart;
  std::vector<std::int64_t> result;
  for (int guard = 0; guard < 100; ++guard) {
    auto const decision = machine.on_failure(failure, now, source);
    if (!decision.retry) break;
    result.push_back(decision.delay.count());
    now += decision.delay;
  }
  EXPECT_EQ(failure.attempts, static_cast<int>(result.size()) + 1);
  return result;
}

bool retried(Operation operation, Error failure) {
  FixedRandom source(0.0);
  RetryMachine machine(operation, RetryOptions(), kStart);
  return machine.on_failure(failure, kStart, source).retry;
}

TEST(RetryMachine, WaitsOneTwoFourEightSeconds) {
  EXPECT_THAT(waits(Operation::get_runner, RetryOptions(), error(ErrorCode::network)),
              ::testing::ElementsAre(1000, 2000, 4000, 8000));
}

TEST(RetryMachine, ShortensWaitsByUpToAQuarter) {
  EXPECT_THAT(waits(Operation::get_runner, RetryOptions(), error(ErrorCode::network), 0.999999),
              ::testing::ElementsAre(750, 1500, 3000, 6000));
  EXPECT_THAT(waits(Operation::get_runner, RetryOptions(), error(ErrorCode::network), 0.5),
              ::testing::ElementsAre(875, 1750, 3500, 7000));
}

TEST(RetryMachine, StopsGrowingAtTheMaximum) {
  RetryOptions options;
  options.max_retries = 6;
  options.max_delay = milliseconds(3000);
  EXPECT_THAT(waits(Operation::get_runner, options, error(ErrorCode::network)),
              ::testing::ElementsAre(1000, 2000, 3000, 3000, 3000, 3000));
}

TEST(RetryMachine, NoRetriesMeansOneAttempt) {
  RetryOptions options;
  options.max_retries = 0;
  EXPECT_TRUE(waits(Operation::get_runner, options, error(ErrorCode::network)).empty());
}

TEST(RetryMachine, StaysWithinTheBudget) {
  RetryOptions options;
  options.max_retries = 100;
  options.max_elapsed = milliseconds(10000);
  // 1 + 2 + 4 s fit; another 8 s would end at 15 s.
  EXPECT_THAT(waits(Operation::get_runner, options, error(ErrorCode::network)),
              ::testing::ElementsAre(1000, 2000, 4000));
}

TEST(RetryMachine, CountsTheTimeOfTheAttemptsToo) {
  FixedRandom source(0.0);
  RetryMachine machine(Operation::get_runner, RetryOptions(), kStart);
  Error failure = error(ErrorCode::timeout);
  EXPECT_TRUE(machine.on_failure(failure, kStart + seconds(10), source).retry);
  EXPECT_TRUE(machine.on_failure(failure, kStart + seconds(20), source).retry);
  EXPECT_FALSE(machine.on_failure(failure, kStart + seconds(28), source).retry);
}

TEST(RetryMachine, CutsAnAttemptToWhatIsLeft) {
  RetryMachine const machine(Operation::get_runner, RetryOptions(), kStart);
  EXPECT_EQ(machine.attempt_timeout(seconds(10), kStart), seconds(10));
  EXPECT_EQ(machine.attempt_timeout(seconds(30), kStart + milliseconds(29999)), milliseconds(1));
  EXPECT_EQ(machine.attempt_timeout(seconds(30), kStart + std::chrono::microseconds(29999500)),
            milliseconds(1));
  EXPECT_EQ(machine.attempt_timeout(seconds(30), kStart + seconds(30)), milliseconds(0));
  EXPECT_EQ(machine.attempt_timeout(seconds(30), kStart + seconds(99)), milliseconds(0));
}

TEST(RetryMachine, DoesNotCutAPoll) {
  RetryMachine const machine(Operation::get_message, RetryOptions(), kStart);
  EXPECT_EQ(machine.attempt_timeout(seconds(65), kStart + seconds(99)), seconds(65));
}

TEST(RetryMachine, SpendsTheBudgetOfAllCalls) {
  FixedRandom source(0.0);
  RetryBudget budget(2);
  Error failure = error(ErrorCode::network);
  auto retried_with_budget = [&] {
    RetryMachine machine(Operation::get_runner, RetryOptions(), kStart, &budget);
    return machine.on_failure(failure, kStart, source).retry;
  };
  EXPECT_TRUE(retried_with_budget());
  EXPECT_TRUE(retried_with_budget());
  EXPECT_FALSE(retried_with_budget());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(budget.left(), 0);
    RetryMachine machine(Operation::get_runner, RetryOptions(), kStart, &budget);
    machine.on_success();
  }
  EXPECT_EQ(budget.left(), 1);
  EXPECT_TRUE(retried_with_budget());
}

TEST(RetryMachine, WhatIsNotRetriedCostsNothing) {
  FixedRandom source(0.0);
  RetryBudget budget(1);
  for (Error failure : {error(ErrorCode::forbidden, 403), error(ErrorCode::not_found, 404)}) {
    RetryMachine machine(Operation::get_runner, RetryOptions(), kStart, &budget);
    EXPECT_FALSE(machine.on_failure(failure, kStart, source).retry);
  }
  EXPECT_EQ(budget.left(), 1);
}

TEST(RetryMachine, OnlyACallThatSucceedsAtOnceGivesBack) {
  FixedRandom source(0.0);
  RetryBudget budget(2);
  RetryMachine machine(Operation::get_runner, RetryOptions(), kStart, &budget);
  Error failure = error(ErrorCode::network);
  EXPECT_TRUE(machine.on_failure(failure, kStart, source).retry);
  for (int i = 0; i < 10; ++i) machine.on_success();
  EXPECT_EQ(budget.left(), 1);
}

TEST(RetryBudget, NeverHoldsMoreThanAtTheBeginning) {
  RetryBudget budget(1);
  for (int i = 0; i < 100; ++i) budget.succeeded_at_once();
  EXPECT_EQ(budget.left(), 1);
  EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
}

TEST(RetryBudget, IsRightUnderSeveralThreads) {
  constexpr int threads = 8;
  constexpr int tries = 1000;
  RetryBudget budget(threads * tries / 2);
  std::atomic<int> taken{0};
  std::vector<std::jthread> workers;
  workers.reserve(threads);
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      for (int n = 0; n < tries; ++n) taken += budget.take() ? 1 : 0;
    });
  }
  workers.clear();
  EXPECT_EQ(taken, threads * tries / 2);
  EXPECT_EQ(budget.left(), 0);
}

TEST(RetryMachine, HonoursALongerRetryAfter) {
  Error failure = error(ErrorCode::rate_limited, 429);
  failure.retry_after = seconds(3);
  EXPECT_THAT(waits(Operation::get_runner, RetryOptions(), failure),
              ::testing::ElementsAre(3000, 3000, 4000, 8000));
  failure.retry_after = seconds(0);
  EXPECT_THAT(waits(Operation::get_runner, RetryOptions(), failure),
              ::testing::ElementsAre(1000, 2000, 4000, 8000));
}

TEST(RetryMachine, LeavesAWaitBeyondTheBudgetToTheCaller) {
  Error failure = error(ErrorCode::rate_limited, 403);
  failure.retry_after = seconds(300);
  EXPECT_TRUE(waits(Operation::registration_token, RetryOptions(), failure).empty());
}

TEST(RetryMachine, RepeatsWhatIsTransientOnly) {
  for (ErrorCode const code : {ErrorCode::timeout, ErrorCode::network, ErrorCode::rate_limited,
                               ErrorCode::server_error, ErrorCode::malformed_response}) {
    EXPECT_TRUE(retried(Operation::get_runner, error(code))) << to_string(code);
  }
  for (ErrorCode const code :
       {ErrorCode::invalid_argument, ErrorCode::cancelled, ErrorCode::tls_verification,
        ErrorCode::unauthorized, ErrorCode::forbidden, ErrorCode::not_found,
        ErrorCode::runner_not_found, ErrorCode::runner_exists, ErrorCode::job_still_running,
        ErrorCode::message_queue_token_expired, ErrorCode::session_conflict,
        ErrorCode::ambiguous_result, ErrorCode::scale_set_not_found, ErrorCode::scale_set_exists,
        ErrorCode::session_lost, ErrorCode::unexpected_status, ErrorCode::io}) {
    EXPECT_FALSE(retried(Operation::get_runner, error(code, 400))) << to_string(code);
  }
  EXPECT_TRUE(retried(Operation::get_runner, error(ErrorCode::unexpected_status, 408)));
  EXPECT_FALSE(retried(Operation::get_runner, error(ErrorCode::unexpected_status, 501)));
}

TEST(RetryMachine, OnlyTheAdminConnectionWaitsOutARefusal) {
  for (auto const& operation : kOperations) {
    bool const expected = operation.operation == Operation::admin_connection;
    EXPECT_EQ(retried(operation.operation, error(ErrorCode::unauthorized, 401)), expected);
    EXPECT_EQ(retried(operation.operation, error(ErrorCode::forbidden, 403)), expected);
  }
}

TEST(Weaknesses, W08_NothingThatCollidesWithItselfIsSentTwice) {
  for (auto const& operation : kOperations) {
    Error failure = error(ErrorCode::network);
    bool const repeatable = operation.operation != Operation::create_scale_set &&
                            operation.operation != Operation::create_session &&
                            operation.operation != Operation::generate_jit_config;
    bool const polls = operation.operation == Operation::get_message;
    EXPECT_EQ(retried(operation.operation, failure), repeatable && !polls) << operation.name;
    failure.request_sent = false;
    EXPECT_EQ(retried(operation.operation, failure), !polls) << operation.name;
    Error answered = error(ErrorCode::server_error, 503);
    EXPECT_EQ(retried(operation.operation, answered), repeatable && !polls) << operation.name;
  }
}

TEST(RetryMachine, SaysWhichCallItWas) {
  FixedRandom source;
  RetryMachine machine(Operation::generate_jit_config, RetryOptions(), kStart);
  Error failure = error(ErrorCode::timeout);
  EXPECT_FALSE(machine.on_failure(failure, kStart, source).retry);
  EXPECT_EQ(failure.operation, "GenerateJitConfig");
  EXPECT_EQ(failure.attempts, 1);
}

}  // namespace
}  // namespace scaleset::protocol
