#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::fleet {

/// Minutes of a calendar, as crontab(5) writes them: "MINUTE HOUR DAY-OF-MONTH MONTH DAY-OF-WEEK".
/// A field is `*`, a number, a range `1-5`, either with a step (`*/15`), or several of these with
/// commas between them. Months and days of the week may have their English names of three letters,
/// and Sunday is 0 or 7. If both fields for days are restricted, a day on which one of them is
/// right is enough.
class Cron {
 public:
  /// Errors: invalid_argument. The text says which field is wrong, and what may stand there; or
  /// that there is no such day in any year, as in "0 0 30 2 *".
  [[nodiscard]] static Result<Cron> parse(std::string_view text);

  [[nodiscard]] bool has_day(std::chrono::year_month_day day) const noexcept;
  /// The minute of a day that comes first at or after `from`, or last at or before it.
  [[nodiscard]] std::optional<std::chrono::minutes> first_minute(std::chrono::minutes from) const;
  [[nodiscard]] std::optional<std::chrono::minutes> last_minute(std::chrono::minutes until) const;
  [[nodiscard]] std::string const& text() const noexcept { return text_; }  ///< as it was written
  friend bool operator==(Cron const&, Cron const&) = default;

 private:
  Cron() = default;
  [[nodiscard]] bool has_minute(std::chrono::minutes minute) const noexcept;
  [[nodiscard]] bool ever_comes() const noexcept;

  std::string text_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_of_month_;  // bit 0 is never set
  std::bitset<13> months_;         // bit 0 is never set
  std::bitset<7> days_of_week_;    // bit 0 is Sunday
  bool any_day_of_month_ = true;
  bool any_day_of_week_ = true;
};

}  // namespace scaleset::fleet
