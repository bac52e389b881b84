#include "base/seconds.hpp"

#include <cmath>
#include <string>

namespace scaleset::base {
namespace {

/// "0.25", "90".
std::string text_of(std::chrono::milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  auto const rest = time.count() % 1000;
  if (rest != 0) text += "." + std::to_string(1000 + rest).substr(1);
  text.erase(rest == 0 ? text.size() : text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

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
                                               text_of(least) + " to " + text_of(most));
}

}  // namespace scaleset::base
