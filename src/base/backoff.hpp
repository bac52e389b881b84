#pragma once

#include <chrono>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

struct BackoffOptions {
  std::chrono::milliseconds min{1000};
  std::chrono::milliseconds max{60000};
};

/// min(2^step x min, max), shortened by up to a quarter at random so that many clients do not knock
/// in step. `step` counts from 0.
[[nodiscard]] std::chrono::milliseconds backoff_delay(BackoffOptions options, int step,
                                                      RandomSource& random);

}  // namespace scaleset::base
