#include "base/seconds.hpp"

#include <cmath>
#include <string>

namespace scaleset::base {
Result<std::chrono::milliseconds> milliseconds_from_seconds(double seconds, std::string_view name,
                                                            std::chrono::milliseconds least,
                                                            std::chrono::milliseconds most) {
  double const milliseconds = std::round(seconds * 1000);
  // Compared as they are, because converting a number that does not fit is undefined. NaN is
  // neither more nor less than anything, so it fails too.
  if (seconds >= 0 && milliseconds >= static_cast<double>(least.count()) &&
      milliseconds <= static_cast<double>(most.count())) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
  }
  return fail(ErrorCode::invalid_argument, std::string(name) +
                                               " must be a number of seconds from " +
                                               seconds_text(least) + " to " + seconds_text(most));
}

std::string seconds_text(std::chrono::milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  auto const rest = time.count() % 1000;
  if (rest == 0) return text;
  text += "." + std::to_string(1000 + rest).substr(1);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace scaleset::base
