#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace scaleset::config {

/// The time that a text such as "90s", "10m", "1h30m", "7d" or "500ms" stands for: whole numbers,
/// each with its unit, the larger unit first. Any that is longer than ten years (kLongestTime) is
/// kTooLong. No value for any other text.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
inline constexpr std::chrono::milliseconds kTooLong = std::chrono::milliseconds::max();
/// The shortest text that parse_duration() reads as this time, which must not be negative.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds time);

/// The bytes that a text such as "8GiB", "512MiB", "10GB" or "100B" stands for. No value for any
/// other text, or for more than 2^53 bytes.
[[nodiscard]] std::optional<double> parse_size(std::string_view text);
/// For messages: "8GiB" for a number that is a multiple of a MiB, else the number with at most nine
/// digits.
[[nodiscard]] std::string amount_text(double amount);

}  // namespace scaleset::config
