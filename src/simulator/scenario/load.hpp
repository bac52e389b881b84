#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "simulator/scenario/timeline.hpp"

namespace scaleset::simulator {

enum class LoadShape : std::uint8_t {
  burst,    // all at once
  steady,   // spread evenly
  diurnal,  // like a working day: fewest at both ends, most in the middle
};

struct LoadOptions {
  LoadOptions() = default;
  LoadShape shape = LoadShape::burst;
  std::int64_t jobs = 100;
  std::chrono::milliseconds span{std::chrono::minutes(10)};  // of steady and diurnal
  std::vector<std::string> labels;
  std::string tenant;
  std::chrono::milliseconds shortest_job{0};
  std::chrono::milliseconds longest_job{0};
  std::uint64_t seed = 0;
};

/// Exactly that many jobs, at the same times for the same options. A burst is one call; otherwise
/// each job is a call of its own.
[[nodiscard]] Timeline make_load(LoadOptions const& options);

}  // namespace scaleset::simulator
