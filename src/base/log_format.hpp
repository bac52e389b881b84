#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

enum class LogFormat : std::uint8_t { text, json };

/// The record as one line with its line end: `time level component: message key=value ...`, or a
/// JSON object. The time is UTC with milliseconds. Control characters are escaped, so that what a
/// job or the service sends can neither forge a line nor steer a terminal, and bytes that are not
/// UTF-8 become U+FFFD. `colour` (text only) colours the level with the codes of ANSI terminals.
[[nodiscard]] std::string format_log_line(LogRecord const& record,
                                          std::chrono::system_clock::time_point time,
                                          LogFormat format, bool colour);

/// The text for a person to read, as one line: control characters are escaped, and bytes that are
/// not UTF-8 become U+FFFD. Quotes and backslashes stay as they are.
[[nodiscard]] std::string printable_text(std::string_view text);

/// How many records of each level.
class LogCounts {
 public:
  LogCounts() = default;
  explicit LogCounts(LogLevel one) { counts_[static_cast<std::size_t>(one)] = 1; }
  LogCounts& operator+=(LogCounts const& other) noexcept;
  [[nodiscard]] bool any() const noexcept { return *this != LogCounts(); }
  bool operator==(LogCounts const&) const = default;

  /// "42 log records were dropped because `why`: 40 info, 2 warn".
  [[nodiscard]] std::string describe_dropped(std::string_view why) const;

 private:
  std::array<std::size_t, 5> counts_{};  // by LogLevel
};

}  // namespace scaleset::base
