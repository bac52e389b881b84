#include "base/backoff.hpp"

#include <algorithm>

namespace scaleset::base {

std::chrono::milliseconds backoff_delay(BackoffOptions options, int step, RandomSource& random) {
  auto delay = options.min;
  for (int i = 0; i < step && delay < options.max; ++i) delay *= 2;
  delay = std::min(delay, options.max);
  double const kept = 1.0 - 0.25 * random.uniform();
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(delay.count()) * kept));
}

}  // namespace scaleset::base
