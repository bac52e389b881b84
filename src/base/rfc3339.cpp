#include "base/rfc3339.hpp"

#include <array>
#include <cstdio>

namespace scaleset::base {
namespace {

/// Reads digits and punctuation from the front of a text, and remembers whether everything was as
/// expected.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    if (rest_.size() < digits) return invalid();
    for (char const digit : rest_.substr(0, digits)) {
      if (digit < '0' || digit > '9') return invalid();
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  void literal(char expected) {
    if (!accept(expected)) invalid();
  }
  bool accept(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  int milliseconds() {
    int value = 0;
    int scale = 100;
    std::size_t digits = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9';
         ++digits, scale /= 10) {
      value += scale * (rest_[digits] - '0');
    }
    if (digits == 0) return invalid();
    rest_.remove_prefix(digits);
    return value;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool valid() const { return valid_; }

 private:
  int invalid() {
    valid_ = false;
    return 0;
  }
  std::string_view rest_;
  bool valid_ = true;
};

std::chrono::minutes parse_zone(Scanner& scan) {
  if (scan.at_end() || scan.accept('Z') || scan.accept('z')) return {};
  int const sign = scan.accept('-') ? -1 : 1;
  if (sign == 1) scan.literal('+');
  int const hours = scan.number(2);
  scan.literal(':');
  return sign * std::chrono::minutes(60 * hours + scan.number(2));
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  int const year = scan.number(4);
  scan.literal('-');
  int const month = scan.number(2);
  scan.literal('-');
  int const day = scan.number(2);
  if (!scan.accept('T') && !scan.accept('t') && !scan.accept(' ')) return std::nullopt;
  int const hour = scan.number(2);
  scan.literal(':');
  int const minute = scan.number(2);
  scan.literal(':');
  int const second = scan.number(2);
  int const milliseconds = scan.accept('.') ? scan.milliseconds() : 0;
  auto const zone = parse_zone(scan);
  std::chrono::year_month_day const date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!scan.valid() || !scan.at_end() || !date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  if (year == 1) return std::nullopt;  // the zero time of Go and .NET
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{milliseconds} - zone;
}

std::string format_rfc3339(Timestamp time) {
  auto const days = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day const date{days};
  std::chrono::hh_mm_ss const clock{time - days};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  std::string result = text.data();
  if (auto const fraction = clock.subseconds().count(); fraction != 0) {
    std::snprintf(text.data(), text.size(), ".%03d", static_cast<int>(fraction));
    result += text.data();
  }
  return result + "Z";
}

}  // namespace scaleset::base
