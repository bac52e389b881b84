#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "fleet/options.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::fleet {

/// Pauses attempts that fail. Every failure begins a pause, unless one has begun already; each
/// pause is twice as long as the one before, and no attempt may be made in it. After a few failures
/// in a row the breaker opens. When the pause of an open breaker is over, it is probing: one
/// attempt at a time may be made, and its outcome closes or opens the breaker again.
class Breaker {
 public:
  enum class State : std::uint8_t { closed, open, probing };

  /// Opens after `threshold` failures in a row.
  Breaker(int threshold, base::BackoffOptions backoff) : threshold_(threshold), backoff_(backoff) {}
  /// From the next failure on it does with these. What has been counted stays.
  void configure(int threshold, base::BackoffOptions backoff) noexcept;

  /// Counts a failure. True if it opened the breaker. A failure while it is open belongs to an
  /// attempt that was made before; it does not make the pause longer, unless it comes with a
  /// `retry_after`.
  bool fail(std::string cause, TimePoint now, RandomSource& random,
            std::optional<Duration> retry_after = std::nullopt);
  /// An attempt has come far, but has not succeeded yet. Closes the breaker and keeps the count of
  /// failures, so that the next failure opens it again. True if it was not closed before.
  bool promise() noexcept;
  /// An attempt succeeded. Closes the breaker and forgets the failures. True if it was not closed
  /// before.
  bool succeed() noexcept;
  /// The reason of the failures may be gone: a pause ends now.
  void hurry(TimePoint now) noexcept;
  /// Ends the pause if its time is over. An open breaker is probing then.
  void advance(TimePoint now) noexcept;

  [[nodiscard]] State state() const noexcept { return state_; }
  /// The end of the pause. No value if there is none.
  [[nodiscard]] std::optional<TimePoint> retry_at() const noexcept { return retry_at_; }
  /// The first of the failures in a row. No value if the last attempt succeeded. The success of an
  /// attempt that was made before it does not show that attempts succeed again.
  [[nodiscard]] std::optional<TimePoint> failing_since() const noexcept { return failing_since_; }
  /// How many failures there were in a row.
  [[nodiscard]] int failures() const noexcept { return failures_; }
  /// The cause of the last failure; empty after a success.
  [[nodiscard]] std::string const& cause() const noexcept { return cause_; }

 private:
  int threshold_;
  base::BackoffOptions backoff_;
  State state_ = State::closed;
  int failures_ = 0;
  int pauses_ = 0;
  std::optional<TimePoint> failing_since_;
  std::optional<TimePoint> retry_at_;
  std::string cause_;
};

}  // namespace scaleset::fleet
