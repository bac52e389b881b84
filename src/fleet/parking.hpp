#pragma once

#include <optional>
#include <string>

#include "fleet/options.hpp"

namespace scaleset::fleet {

/// Remembers that the service refuses the runners' version, in which case starting more of them
/// only costs calls (B9). From time to time one runner is tried: single false alarms were seen.
class Parking {
 public:
  /// A runner was refused. The version may be empty. True if the scale set was not parked before.
  bool refuse(std::string const& version, TimePoint probe_at);
  /// A runner that was tried was accepted. True if the scale set was parked before.
  bool accept() noexcept;

  [[nodiscard]] bool is_parked() const noexcept { return probe_at_.has_value(); }
  /// One sentence for a person. No value if the scale set is not parked.
  [[nodiscard]] std::optional<std::string> const& reason() const noexcept { return reason_; }
  /// When the next runner may be tried. No value if the scale set is not parked.
  [[nodiscard]] std::optional<TimePoint> probe_at() const noexcept { return probe_at_; }
  /// One is being tried; the next one may be tried at this time.
  void probe_next(TimePoint probe_at) noexcept { probe_at_ = probe_at; }

 private:
  std::optional<std::string> reason_;
  std::optional<TimePoint> probe_at_;
};

}  // namespace scaleset::fleet
