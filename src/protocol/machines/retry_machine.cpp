#include "protocol/machines/retry_machine.hpp"

#include <algorithm>

#include "base/backoff.hpp"

namespace scaleset::protocol {

using std::chrono::milliseconds;

RetryMachine::RetryMachine(Operation operation, RetryOptions const& options, Steady start,
                           RetryBudget* budget)
    : RetryMachine(traits(operation), options, start, budget) {}

RetryMachine::RetryMachine(OperationTraits const& operation, RetryOptions const& options,
                           Steady start, RetryBudget* budget)
    : operation_(operation), options_(options), start_(start), budget_(budget) {}

milliseconds RetryMachine::attempt_timeout(milliseconds configured, Steady now) const {
  // A poll is held for 50 s, longer than max_elapsed allows other calls by default.
  if (!operation_.retried_in_call) return configured;
  // Rounded up, because 0 means that no time is left.
  auto const left = std::chrono::ceil<milliseconds>(start_ + options_.max_elapsed - now);
  return std::clamp(left, milliseconds(0), configured);
}

bool RetryMachine::worth_repeating(Error const& error) const {
  if (!operation_.retried_in_call) return false;
  // The service may have acted on it, and the second one would then conflict with the first (W-8).
  if (error.request_sent && !operation_.may_repeat_after_send) return false;
  // A registration token may be too new for the server that is asked (protocol.md E3, 10.6).
  bool const refused = error.code == ErrorCode::unauthorized || error.code == ErrorCode::forbidden;
  bool const too_early = refused && operation_.operation == Operation::admin_connection;
  return error.transient() || too_early;
}

RetryDecision RetryMachine::on_failure(Error& error, Steady now, RandomSource& random) {
  ++attempts_;
  error.attempts = attempts_;
  error.operation = operation_.name;
  if (attempts_ > options_.max_retries || !worth_repeating(error)) return {};
  base::BackoffOptions range;
  range.min = options_.min_delay;
  range.max = options_.max_delay;
  auto delay = base::backoff_delay(range, attempts_ - 1, random);
  if (error.retry_after) delay = std::max(delay, *error.retry_after);
  // The wait would use up the rest of the time, so the caller gets the error now rather than later.
  if (now + delay - start_ >= options_.max_elapsed) return {};
  // Last, because a retry that is not made for another reason must not use up the shared budget.
  if (budget_ != nullptr && !budget_->take()) return {};
  RetryDecision decision;
  decision.retry = true;
  decision.delay = delay;
  return decision;
}

void RetryMachine::on_success() noexcept {
  // A call that had to be repeated is no sign of a healthy service, so it gives nothing back.
  if (attempts_ == 0 && budget_ != nullptr) budget_->succeeded_at_once();
}

}  // namespace scaleset::protocol
