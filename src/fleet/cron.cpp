#include "fleet/cron.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "base/ascii.hpp"
#include "base/whole_number.hpp"

namespace scaleset::fleet {
namespace {

constexpr std::chrono::minutes kDay = std::chrono::hours(24);
constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// What may stand in a field.
struct Field {
  std::string_view name;
  int least;
  int most;
  std::span<std::string_view const> names;  // the first one is `least`
};
constexpr std::array<Field, 5> kFields{{
    {"minute", 0, 59, {}},
    {"hour", 0, 23, {}},
    {"day of the month", 1, 31, {}},
    {"month", 1, 12, kMonths},
    {"day of the week", 0, 7, kDays},
}};

std::unexpected<Error> wrong(Field const& field, std::string_view text) {
  std::string const named = field.names.empty()
                                ? ""
                                : std::string(" or ") + std::string(field.names.front()) + " to " +
                                      std::string(field.names.back());
  return fail(ErrorCode::invalid_argument,
              "the " + std::string(field.name) + " \"" + std::string(text) +
                  "\" is not valid: use *, or numbers from " + std::to_string(field.least) +
                  " to " + std::to_string(field.most) + named + ", such as 1, 1-5, 1,3 or */2");
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    std::size_t const end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::string_view const part : split(text, ' '))
    if (!part.empty()) words.push_back(part);
  return words;
}

std::optional<int> value_of(Field const& field, std::string_view text) {
  for (std::size_t i = 0; i < field.names.size(); ++i)
    if (base::ascii_lower(text) == field.names[i]) return field.least + static_cast<int>(i);
  auto const number = base::whole_number<int>(text);
  if (!number || *number < field.least || *number > field.most) return std::nullopt;
  return number;
}

/// The values that `*`, `*/2`, `7`, `1-5` or `1-5/2` stands for.
std::optional<std::vector<int>> values_of(Field const& field, std::string_view text) {
  auto const slash = text.find('/');
  std::string_view const range = text.substr(0, slash);
  int first = field.least;
  int last = field.most;
  if (range != "*") {
    auto const dash = range.find('-');
    auto const begin = value_of(field, range.substr(0, dash));
    auto const end =
        dash == std::string_view::npos ? begin : value_of(field, range.substr(dash + 1));
    if (!begin || !end || *begin > *end) return std::nullopt;
    first = *begin;
    // "5/10" means every 10 from 5 on, as in other programs.
    last = dash == std::string_view::npos && slash != std::string_view::npos ? field.most : *end;
  }
  int step = 1;
  if (slash != std::string_view::npos) {
    auto const given = base::whole_number<int>(text.substr(slash + 1));
    if (!given || *given < 1 || *given > field.most) return std::nullopt;
    step = *given;
  }
  std::vector<int> values;
  for (int value = first; value <= last; value += step) values.push_back(value);
  return values;
}

template <std::size_t Size>
Result<void> read_field(Field const& field, std::string_view text, std::bitset<Size>& set) {
  for (std::string_view const part : split(text, ',')) {
    auto const values = values_of(field, part);
    if (!values) return wrong(field, part);
    // Sunday is 7 as well as 0.
    for (int const value : *values) set.set(static_cast<std::size_t>(value) % Size);
  }
  return {};
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  std::vector<std::string_view> const words = words_of(text);
  if (words.size() != kFields.size())
    return fail(ErrorCode::invalid_argument,
                "\"" + std::string(text) +
                    "\" is not a cron expression: five fields are needed, minute, hour, day "
                    "of the month, month and day of the week, such as \"0 8 * * mon-fri\"");
  Cron cron;
  cron.text_ = text;
  for (auto const& read : {read_field(kFields[0], words[0], cron.minutes_),
                           read_field(kFields[1], words[1], cron.hours_),
                           read_field(kFields[2], words[2], cron.days_of_month_),
                           read_field(kFields[3], words[3], cron.months_),
                           read_field(kFields[4], words[4], cron.days_of_week_)})
    if (!read) return std::unexpected(read.error());
  cron.any_day_of_month_ = words[2].starts_with('*');
  cron.any_day_of_week_ = words[4].starts_with('*');
  if (!cron.ever_comes())
    return fail(ErrorCode::invalid_argument,
                "\"" + std::string(text) + "\" never comes: none of these months has such a day");
  return cron;
}

bool Cron::ever_comes() const noexcept {
  if (!any_day_of_week_) return true;
  constexpr std::array<std::size_t, 13> kLengths{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (std::size_t month = 1; month < kLengths.size(); ++month)
    for (std::size_t day = 1; day <= kLengths[month]; ++day)
      if (months_.test(month) && days_of_month_.test(day)) return true;
  return false;
}

bool Cron::has_day(std::chrono::year_month_day day) const noexcept {
  if (!day.ok() || !months_.test(unsigned{day.month()})) return false;
  bool const month_day = days_of_month_.test(unsigned{day.day()});
  bool const week_day =
      days_of_week_.test(std::chrono::weekday(std::chrono::sys_days(day)).c_encoding());
  if (any_day_of_month_ || any_day_of_week_) return month_day && week_day;
  return month_day || week_day;
}

bool Cron::has_minute(std::chrono::minutes minute) const noexcept {
  return hours_.test(static_cast<std::size_t>(minute.count() / 60)) &&
         minutes_.test(static_cast<std::size_t>(minute.count() % 60));
}

std::optional<std::chrono::minutes> Cron::first_minute(std::chrono::minutes from) const {
  for (auto minute = std::max(from, std::chrono::minutes(0)); minute < kDay; ++minute)
    if (has_minute(minute)) return minute;
  return std::nullopt;
}

std::optional<std::chrono::minutes> Cron::last_minute(std::chrono::minutes until) const {
  for (auto minute = std::min(until, kDay - std::chrono::minutes(1)); minute.count() >= 0; --minute)
    if (has_minute(minute)) return minute;
  return std::nullopt;
}

}  // namespace scaleset::fleet
