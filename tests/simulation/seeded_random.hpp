#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "scaleset/hooks.hpp"

namespace scaleset::simulation {

/// Gives the same numbers for the same seed on every machine.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  [[nodiscard]] double uniform() noexcept override {
    return static_cast<double>(engine_() >> 11U) * 0x1.0p-53;
  }
  [[nodiscard]] bool happens(double probability) { return uniform() < probability; }
  /// From `least` to `most`, both included.
  [[nodiscard]] std::int64_t number(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(uniform() * static_cast<double>(most - least + 1));
  }
  [[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds least,
                                                  std::chrono::milliseconds most) {
    return std::chrono::milliseconds(number(least.count(), most.count()));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace scaleset::simulation
