#include "protocol/retry_machine.hpp"

#include <algorithm>

#include "base/backoff.hpp"

namespace scaleset::protocol {

RetryMachine::RetryMachine(Operation operation, RetryOptions const& options,
                           std::chrono::steady_clock::time_point start)
    : operation_(operation), options_(options), start_(start) {}

bool RetryMachine::worth_repeating(Error const& error) const {
  auto const& operation = traits(operation_);
  if (!operation.retried_in_call) return false;
  if (error.request_sent && !operation.may_repeat_after_send) return false;
  constexpr int not_implemented = 501;
  if (error.http_status == not_implemented) return false;
  bool const refused = error.code == ErrorCode::unauthorized || error.code == ErrorCode::forbidden;
  bool const too_early = refused && operation_ == Operation::admin_connection;
  return error.transient() || too_early;
}

RetryDecision RetryMachine::on_failure(Error& error, std::chrono::steady_clock::time_point now,
                                       RandomSource& random) {
  ++attempts_;
  error.attempts = attempts_;
  error.operation = traits(operation_).name;
  if (attempts_ > options_.max_retries || !worth_repeating(error)) return {};
  base::BackoffOptions range;
  range.min = options_.min_delay;
  range.max = options_.max_delay;
  auto delay = base::backoff_delay(range, attempts_ - 1, random);
  if (error.retry_after) delay = std::max(delay, *error.retry_after);
  if (now + delay - start_ >= options_.max_elapsed) return {};
  RetryDecision decision;
  decision.retry = true;
  decision.delay = delay;
  return decision;
}

}  // namespace scaleset::protocol
