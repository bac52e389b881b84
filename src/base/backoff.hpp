#pragma once

#include <chrono>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

struct BackoffOptions {
  std::chrono::milliseconds min{1000};
  std::chrono::milliseconds max{60000};
  friend bool operator==(BackoffOptions const&, BackoffOptions const&) = default;
};

/// The wait before an attempt is repeated: min(2^step x min, max), shortened at random by up to a
/// quarter, so that many clients do not repeat theirs at the same time. `step` counts from 0.
[[nodiscard]] std::chrono::milliseconds backoff_delay(BackoffOptions options, int step,
                                                      RandomSource& random);

}  // namespace scaleset::base
