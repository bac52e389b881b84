#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scaleset/types.hpp"

namespace scaleset::base {

/// Reads a time as the service writes it (protocol.md 4.3): RFC 3339 with any number of fraction
/// digits, of which milliseconds are kept, and with `Z`, `+hh:mm` or no zone at all, which means
/// UTC. No value if the text is not a time, is empty, or is the zero time 0001-01-01T00:00:00.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);
/// Writes a time as `2026-11-23T16:00:00Z`, or as `2026-11-23T16:00:00.123Z` if it has
/// milliseconds.
[[nodiscard]] std::string format_rfc3339(Timestamp time);

}  // namespace scaleset::base
