#pragma once

#include <deque>
#include <optional>

#include "fleet/options.hpp"

namespace scaleset::fleet {

/// Limits how fast living runners may be destroyed, so that no wrong belief, ours or the service's,
/// empties a scale set at once (B5): in any minute at most max(2, a tenth of the runners).
class Brake {
 public:
  /// Whether one more may go now; if so it is counted.
  bool allow(int runners, TimePoint now);
  /// When the next one may go, after a refusal.
  [[nodiscard]] std::optional<TimePoint> release() const noexcept;

 private:
  std::deque<TimePoint> recent_;  // of the last minute
};

}  // namespace scaleset::fleet
