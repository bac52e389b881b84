#pragma once

#include <chrono>
#include <optional>

#include "scaleset/types.hpp"

namespace scaleset::simulator {

/// The simulator's time: the machine's, or one that stands still until it is moved.
class TimeKeeper {
 public:
  /// None: the machine's time.
  explicit TimeKeeper(std::optional<Timestamp> standing_still) : virtual_now_(standing_still) {}

  [[nodiscard]] bool is_virtual() const noexcept { return virtual_now_.has_value(); }
  [[nodiscard]] Timestamp now() const noexcept { return virtual_now_.value_or(machine_time()); }
  /// Virtual time only.
  void advance(std::chrono::milliseconds by) noexcept { *virtual_now_ += by; }

  [[nodiscard]] static Timestamp machine_time() noexcept;

 private:
  std::optional<Timestamp> virtual_now_;
};

}  // namespace scaleset::simulator
