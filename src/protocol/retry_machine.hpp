#pragma once

#include <chrono>

#include "protocol/operations.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/options.hpp"

namespace scaleset::protocol {

struct RetryDecision {
  bool retry = false;                  // false: hand the error to the caller
  std::chrono::milliseconds delay{0};  // before the next attempt
};

/// When one call is tried again (spec 4.5, W-8). Lives as long as the call. The driver:
///
///     RetryMachine retries(operation, options, now);
///     for (;;) { send; if (ok) return; auto d = retries.on_failure(error, now, random); if
///     (!d.retry) return error; wait d.delay; }
///
/// The waits are min_delay doubled each time up to max_delay (1, 2, 4, 8 s), each shortened by up
/// to a quarter at random; a Retry-After of the service takes the place of such a wait if it is
/// longer. Given up: errors that are not transient (the admin connection alone also waits out 401
/// and 403, since a fresh registration token takes a moment to be known), 501, max_retries used up,
/// and a wait that would not end within max_elapsed: the caller knows better than to block that
/// long.
class RetryMachine {
 public:
  RetryMachine(Operation operation, RetryOptions const& options,
               std::chrono::steady_clock::time_point start);

  /// The attempt just made has failed. Sets `error.attempts` and `error.operation`.
  [[nodiscard]] RetryDecision on_failure(Error& error, std::chrono::steady_clock::time_point now,
                                         RandomSource& random);

 private:
  [[nodiscard]] bool worth_repeating(Error const& error) const;

  Operation operation_;
  RetryOptions options_;
  std::chrono::steady_clock::time_point start_;
  int attempts_ = 0;
};

}  // namespace scaleset::protocol
