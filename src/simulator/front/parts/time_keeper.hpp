#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

namespace scaleset::simulator {

/// The simulator's time: the loop's, or one that stands still until it is moved.
class TimeKeeper {
 public:
  /// `loop_clock` is that of the timers (base/loop_timer.hpp), so that polls and deadlines are due
  /// by the same time as the simulator's, also when a test moves it. `standing_still` none: the
  /// simulator's time is the loop's.
  explicit TimeKeeper(std::shared_ptr<Clock> loop_clock,
                      std::optional<Timestamp> standing_still = std::nullopt)
      : loop_clock_(std::move(loop_clock)), virtual_now_(standing_still) {}

  /// Whether time stands still until it is moved.
  [[nodiscard]] bool is_virtual() const noexcept { return virtual_now_.has_value(); }
  [[nodiscard]] Timestamp now() const noexcept { return virtual_now_ ? *virtual_now_ : loop_now(); }
  /// The loop's time, whatever the simulator's is.
  [[nodiscard]] Timestamp loop_now() const noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(loop_clock_->now().wall);
  }
  /// Virtual time only.
  void advance(std::chrono::milliseconds by) noexcept { *virtual_now_ += by; }

 private:
  std::shared_ptr<Clock> loop_clock_;
  std::optional<Timestamp> virtual_now_;
};

}  // namespace scaleset::simulator
