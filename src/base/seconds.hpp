#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::base {

/// Ten years: longer than any time that makes sense in a flag, and short enough to be added to any
/// date.
inline constexpr std::chrono::milliseconds kLongestTime = std::chrono::days(10 * 366);

/// The number of seconds that somebody wrote, such as 1.5, rounded to milliseconds. `name` is what
/// the error calls it, such as "--timeout". Errors: invalid_argument if it is no number (NaN) or,
/// once rounded, not between `least` (0 or more) and `most`.
[[nodiscard]] Result<std::chrono::milliseconds> milliseconds_from_seconds(
    double seconds, std::string_view name,
    std::chrono::milliseconds least = std::chrono::milliseconds(0),
    std::chrono::milliseconds most = kLongestTime);

/// "90", "0.25": with as many digits as it takes, for a time of 0 or more.
[[nodiscard]] std::string seconds_text(std::chrono::milliseconds time);

}  // namespace scaleset::base
