#include "simulator/front/effects/fault_kinds.hpp"

#include <vector>

namespace scaleset::simulator {

std::span<FaultKind const> fault_kinds() {
  // A list of all, made once; faults keep pointers into it.
  static std::vector<FaultKind> const all = [] {
    std::vector<FaultKind> kinds;
    for (std::span<FaultKind const> const part :
         {kinds_that_answer(), kinds_that_change_requests(), kinds_that_change_bodies(),
          kinds_that_change_messages()})
      kinds.insert(kinds.end(), part.begin(), part.end());
    return kinds;
  }();
  return all;
}

}  // namespace scaleset::simulator
