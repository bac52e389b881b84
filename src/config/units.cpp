#include "config/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/seconds.hpp"
#include "base/whole_number.hpp"

namespace scaleset::config {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kTimes{
    {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<std::pair<std::string_view, std::int64_t>, 9> kSizes{
    {{"B", 1},
     {"KiB", std::int64_t{1} << 10U},
     {"MiB", std::int64_t{1} << 20U},
     {"GiB", std::int64_t{1} << 30U},
     {"TiB", std::int64_t{1} << 40U},
     {"KB", 1000},
     {"MB", 1000000},
     {"GB", 1000000000},
     {"TB", 1000000000000}}};
constexpr std::string_view kDigits = "0123456789";
constexpr std::int64_t kLongest = base::kLongestTime.count();

/// Takes the number and the unit from the beginning of the text. A number that is too large is the
/// largest. No value if there is none.
std::optional<std::pair<std::int64_t, std::string_view>> take_part(std::string_view& text) {
  auto const number_end = std::min(text.find_first_not_of(kDigits), text.size());
  auto const unit_end = std::min(text.find_first_of(kDigits, number_end), text.size());
  auto number = base::whole_number<std::int64_t>(text.substr(0, number_end));
  if (!number && number_end > 0) number = std::numeric_limits<std::int64_t>::max();
  std::string_view const unit = text.substr(number_end, unit_end - number_end);
  text.remove_prefix(unit_end);
  if (!number) return std::nullopt;
  return std::pair(*number, unit);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::size_t next = 0;  // the largest unit that may still come
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    auto const part = take_part(text);
    if (!part) return std::nullopt;
    while (next < kTimes.size() && kTimes.at(next).first != part->second) ++next;
    if (next == kTimes.size()) return std::nullopt;
    // More than that is too long whatever follows, and the sum of five of these fits.
    auto const most = kLongest / kTimes.at(next).second + 1;
    total += std::min(part->first, most) * kTimes.at(next).second;
    ++next;
  }
  return total > kLongest ? kTooLong : std::chrono::milliseconds(total);
}

std::string duration_text(std::chrono::milliseconds time) {
  std::string text;
  std::int64_t rest = time.count();
  for (auto const& [unit, length] : kTimes) {
    if (rest / length > 0) text += std::to_string(rest / length) + std::string(unit);
    rest %= length;
  }
  return text.empty() ? "0s" : text;
}

std::optional<double> parse_size(std::string_view text) {
  auto const part = take_part(text);
  if (!part || !text.empty()) return std::nullopt;
  constexpr std::int64_t kMost = std::int64_t{1} << 53U;
  for (auto const& [unit, bytes] : kSizes)
    if (unit == part->second && part->first <= kMost / bytes)
      return static_cast<double>(part->first * bytes);
  return std::nullopt;
}

std::string amount_text(double amount) {
  constexpr double kStep = 1024;
  double size = amount / (kStep * kStep);
  if (amount >= kStep * kStep && size == std::floor(size)) {
    std::string_view unit = "MiB";
    for (std::string_view const larger : {"GiB", "TiB"}) {
      if (std::floor(size / kStep) * kStep != size) break;
      size /= kStep;
      unit = larger;
    }
    return amount_text(size) + std::string(unit);
  }
  std::array<char, 32> buffer{};
  constexpr int kShown = 9;
  auto const written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), amount,
                                     std::chars_format::general, kShown);
  return {buffer.data(), written.ptr};
}

}  // namespace scaleset::config
