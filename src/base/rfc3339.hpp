#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scaleset/types.hpp"

namespace scaleset::base {

/// Reads what the service and its relatives write (spec 4.3): RFC 3339 with any number of fraction
/// digits (milliseconds are kept), `Z`, `+hh:mm` or no zone at all (UTC). No value: not a time,
/// empty, or the zero time 0001-01-01T00:00:00.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);
/// `2026-11-23T16:00:00Z`, with `.123` before the Z where there are milliseconds.
[[nodiscard]] std::string format_rfc3339(Timestamp time);

}  // namespace scaleset::base
