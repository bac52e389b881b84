#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "fleet/options.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::fleet {

/// Pauses attempts that keep failing. closed: go ahead; open: wait until `retry_at`; probing: one
/// attempt at a time, whose outcome closes or opens it again. The pause doubles each time.
class Breaker {
 public:
  enum class State : std::uint8_t { closed, open, probing };

  /// Opens after `threshold` straight failures.
  Breaker(int threshold, base::BackoffOptions backoff) : threshold_(threshold), backoff_(backoff) {}

  /// True: this failure opened it. Failures while it is open belong to the attempts before and do
  /// not lengthen the pause.
  bool fail(std::string cause, TimePoint now, RandomSource& random,
            std::optional<Duration> retry_after = std::nullopt);
  /// An attempt looks good: closes, but keeps the count of failures, so that the next one opens it
  /// again. True: it was not closed.
  bool promise() noexcept;
  /// An attempt succeeded: closes and forgets. True: it was not closed.
  bool succeed() noexcept;
  /// open becomes probing when its time has come.
  void advance(TimePoint now) noexcept;

  [[nodiscard]] State state() const noexcept { return state_; }
  /// Only while open.
  [[nodiscard]] std::optional<TimePoint> retry_at() const noexcept;
  /// Straight failures so far.
  [[nodiscard]] int failures() const noexcept { return failures_; }
  /// Of the last failure; empty after a success.
  [[nodiscard]] std::string const& cause() const noexcept { return cause_; }

 private:
  int threshold_;
  base::BackoffOptions backoff_;
  State state_ = State::closed;
  int failures_ = 0;
  TimePoint retry_at_{};
  std::string cause_;
};

}  // namespace scaleset::fleet
