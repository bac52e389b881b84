#include "fleet/breaker.hpp"

#include <algorithm>
#include <utility>

namespace scaleset::fleet {

void Breaker::configure(int threshold, base::BackoffOptions backoff) noexcept {
  threshold_ = threshold;
  backoff_ = backoff;
}

bool Breaker::fail(std::string cause, TimePoint now, RandomSource& random,
                   std::optional<Duration> retry_after) {
  cause_ = std::move(cause);
  if (!failing_since_) failing_since_ = now;
  if (!retry_at_) retry_at_ = now + base::backoff_delay(backoff_, pauses_++, random);
  if (retry_after) retry_at_ = std::max(*retry_at_, now + *retry_after);
  if (state_ == State::open) return false;
  ++failures_;
  if (failures_ < threshold_ && !retry_after) return false;
  state_ = State::open;
  return true;
}

bool Breaker::promise() noexcept {
  retry_at_.reset();
  return std::exchange(state_, State::closed) != State::closed;
}

bool Breaker::succeed() noexcept {
  failures_ = 0;
  pauses_ = 0;
  failing_since_.reset();
  cause_.clear();
  return promise();
}

void Breaker::hurry(TimePoint now) noexcept {
  if (retry_at_) advance(std::max(now, *retry_at_));
}

void Breaker::advance(TimePoint now) noexcept {
  if (!retry_at_ || now < *retry_at_) return;
  retry_at_.reset();
  if (state_ == State::open) state_ = State::probing;
}

}  // namespace scaleset::fleet
