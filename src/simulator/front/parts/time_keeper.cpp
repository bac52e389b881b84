#include "simulator/front/parts/time_keeper.hpp"

#include "base/clock.hpp"

namespace scaleset::simulator {

Timestamp TimeKeeper::machine_time() noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(base::system_clock()->now().wall);
}

}  // namespace scaleset::simulator
