#pragma once

#include <chrono>

#include "scaleset/hooks.hpp"

namespace scaleset::inline v0::testing {

/// A clock that stands still until the test moves it. Starts at 2026-01-01T00:00:00Z and an
/// arbitrary steady time.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] Now now() const noexcept override { return now_; }
  /// Moves both times by the same amount. Wakes no timer: async::VirtualTime does. Not thread-safe.
  void advance(std::chrono::nanoseconds by) {
    now_.wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(by);
    now_.steady += by;
  }

 private:
  Now now_{std::chrono::sys_days{std::chrono::January / 1 / 2026},
           std::chrono::steady_clock::time_point{std::chrono::hours{1000}}};
};

/// Always returns the same number, so that a test knows the jitter of waits.
class FixedRandom final : public RandomSource {
 public:
  /// `value`: at least 0, less than 1.
  explicit FixedRandom(double value = 0.5) : value_(value) {}
  [[nodiscard]] double uniform() noexcept override { return value_; }

 private:
  double value_;
};

}  // namespace scaleset::inline v0::testing
