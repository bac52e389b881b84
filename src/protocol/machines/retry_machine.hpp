#pragma once

#include <chrono>

#include "protocol/machines/retry_budget.hpp"
#include "protocol/wire/operations.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/options.hpp"

namespace scaleset::protocol {

struct RetryDecision {
  bool retry = false;                  // false: hand the error to the caller
  std::chrono::milliseconds delay{0};  // before the next attempt
};

/// When one call is tried again (protocol.md 4.5, W-8). Lives as long as the call. The driver:
///
///     RetryMachine retries(operation, options, begun, &budget);
///     for (;;) { send, for at most retries.attempt_timeout(...); if (ok) { retries.on_success();
///     return; } auto d = retries.on_failure(error, now, random); if (!d.retry) return error;
///     wait d.delay; }
///
/// The waits are min_delay doubled each time up to max_delay (1, 2, 4, 8 s), each shortened by up
/// to a quarter at random; a Retry-After of the service takes the place of such a wait if it is
/// longer. Given up: errors that are not transient (the admin connection alone also waits out 401
/// and 403, since a fresh registration token takes a moment to be known), 501, max_retries used up,
/// the budget of all calls used up, and a wait that would not end within max_elapsed: the caller
/// knows better than to block that long.
class RetryMachine {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  /// `start`: when the call began, which may have waited for a token before its first attempt.
  /// `budget` may be null: no limit. It must outlive the machine.
  RetryMachine(Operation operation, RetryOptions const& options, Steady start,
               RetryBudget* budget = nullptr);
  /// For what is no call of the service's, but is repeated like one.
  RetryMachine(OperationTraits const& operation, RetryOptions const& options, Steady start,
               RetryBudget* budget);

  /// How long the next attempt may take: as configured, or what is left of max_elapsed if that is
  /// less. 0: nothing is left. A call that is never repeated (a poll) gets what is configured.
  [[nodiscard]] std::chrono::milliseconds attempt_timeout(std::chrono::milliseconds configured,
                                                          Steady now) const;
  /// The attempt just made has failed. Sets `error.attempts` and `error.operation`.
  [[nodiscard]] RetryDecision on_failure(Error& error, Steady now, RandomSource& random);
  void on_success() noexcept;

 private:
  [[nodiscard]] bool worth_repeating(Error const& error) const;

  OperationTraits operation_;
  RetryOptions options_;
  Steady start_;
  RetryBudget* budget_;
  int attempts_ = 0;
};

}  // namespace scaleset::protocol
