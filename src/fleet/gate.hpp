#pragma once

#include <cstdint>
#include <optional>

#include "fleet/options.hpp"
#include "fleet/runner.hpp"

namespace scaleset::fleet {

/// Why a runner with a living instance is to end.
enum class Purpose : std::uint8_t {
  /// The service is asked to remove the registration first, which it refuses if there is a job; or
  /// the runner's only job is over.
  safe,
  /// The same for a runner that no job needs, which must have been idle for a while (B3).
  surplus,
  /// The service gives it no job although jobs wait (I8).
  suspect,
  /// The service does not know it any more, so that it can refuse nothing (B1).
  zombie,
};

/// The gate that every step towards the end of a living runner passes (B3, B5): from when on the
/// runner may be ended, as far as is known now; that may be in the past. No value: not as things
/// are now. Limits of time (G5) are the only thing that does not ask here.
[[nodiscard]] std::optional<TimePoint> gate_opens(Purpose purpose, Runner const& runner,
                                                  Options const& options) noexcept;

}  // namespace scaleset::fleet
