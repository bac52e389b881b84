#pragma once

#include <optional>
#include <vector>

#include "fleet/options.hpp"

namespace scaleset::fleet {

/// Limits how fast living runners may be destroyed, so that a mistake, ours or the service's,
/// cannot empty a scale set at once (B5). In any minute at most two may go, or a tenth of the
/// runners if that is more.
class Brake {
 public:
  /// Whether one more may go now. If so, it is counted as gone.
  bool allow(int runners, TimePoint now);
  /// After a refusal: when the next one may go.
  [[nodiscard]] std::optional<TimePoint> release() const noexcept;

 private:
  std::vector<TimePoint> recent_;  // when those of the last minute went
};

}  // namespace scaleset::fleet
