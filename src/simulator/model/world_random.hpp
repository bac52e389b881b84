#pragma once

#include <cstdint>

#include "scaleset/hooks.hpp"

namespace scaleset::simulator {

/// SplitMix64 over the state that the World carries: the same seed gives the same ids, also across
/// a restart.
class WorldRandom final : public RandomSource {
 public:
  explicit WorldRandom(std::uint64_t& state) : state_(state) {}
  [[nodiscard]] double uniform() noexcept override {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    mixed ^= mixed >> 31U;
    return static_cast<double>(mixed >> 11U) * 0x1.0p-53;
  }

 private:
  std::uint64_t& state_;
};

}  // namespace scaleset::simulator
