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
  if (state_ == State::open) {
    if (retry_after) retry_at_ = std::max(retry_at_, now + *retry_after);
    return false;
  }
  ++failures_;
  if (failures_ < threshold_ && !retry_after) return false;
  Duration pause = base::backoff_delay(backoff_, std::max(0, failures_ - threshold_), random);
  if (retry_after) pause = std::max(pause, *retry_after);
  retry_at_ = now + pause;
  state_ = State::open;
  return true;
}

bool Breaker::promise() noexcept { return std::exchange(state_, State::closed) != State::closed; }

bool Breaker::succeed() noexcept {
  failures_ = 0;
  cause_.clear();
  return promise();
}

void Breaker::hurry(TimePoint now) noexcept {
  if (state_ != State::open) return;
  retry_at_ = now;
  advance(now);
}

void Breaker::advance(TimePoint now) noexcept {
  if (state_ == State::open && now >= retry_at_) state_ = State::probing;
}

std::optional<TimePoint> Breaker::retry_at() const noexcept {
  if (state_ != State::open) return std::nullopt;
  return retry_at_;
}

}  // namespace scaleset::fleet
