#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace scaleset::fleet {

/// What an operator has suspended, until it is resumed. In either case no runner is started, and no
/// capacity is advertised, so that the service assigns no job any more. Jobs that run go on.
enum class Suspension : std::uint8_t {
  none,
  paused,   // idle runners stay, and take the jobs that are assigned already
  drained,  // idle runners are removed
};
/// Lower case, for the journal and reports; empty for none. It never changes.
[[nodiscard]] std::string_view to_string(Suspension suspension) noexcept;
/// No value if the text is not the name of one.
[[nodiscard]] std::optional<Suspension> parse_suspension(std::string_view text) noexcept;

}  // namespace scaleset::fleet
