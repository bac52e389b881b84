#pragma once

#include <chrono>

#include "protocol/machines/retry_budget.hpp"
#include "protocol/wire/operations.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/options.hpp"

namespace scaleset::protocol {

struct RetryDecision {
  bool retry = false;                  // false: the error is the call's result
  std::chrono::milliseconds delay{0};  // before the next attempt
};

/// When one call is tried again (protocol.md 4.5, W-8). Which statuses count as transient is in
/// wire/http_error.cpp and Error::transient(); which calls may be repeated is in
/// wire/operations.hpp. Lives as long as the call. The driver:
///
///     RetryMachine retries(operation, options, begun, &budget);
///     for (;;) { send, for at most retries.attempt_timeout(...); if (ok) { retries.on_success();
///     return; } auto d = retries.on_failure(error, now, random); if (!d.retry) return error;
///     wait d.delay; }
///
/// The waits begin with min_delay and double up to max_delay (1, 2, 4, 8 s), each shortened by up
/// to a quarter at random. A longer Retry-After of the service takes the place of such a wait. A
/// call is not tried again if the error is not transient (only the admin connection also retries
/// 401 and 403, since the service needs a moment to know a new registration token), after 501, when
/// max_retries or the shared budget is used up, and when the wait would not end within max_elapsed.
class RetryMachine {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  /// `start`: when the call began, which may have waited for a token before its first attempt.
  /// `budget` may be null: no limit. It must outlive the machine.
  RetryMachine(Operation operation, RetryOptions const& options, Steady start,
               RetryBudget* budget = nullptr);
  /// For something that is not a call to the service but is repeated like one.
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
