#pragma once

#include <chrono>
#include <utility>

#include "scaleset/error.hpp"

namespace scaleset::inline v0 {

/// Why no new admin token can be had. An earlier one may still be in use, so that calls go on.
struct TokenTrouble {
  /// Of no failure yet: `failures` is 0.
  TokenTrouble(Error what, std::chrono::steady_clock::time_point begin)
      : error(std::move(what)), since(begin) {}
  Error error;                                  ///< of the last attempt
  std::chrono::steady_clock::time_point since;  ///< of Hooks::clock: the first of these failures
  int failures = 0;                             ///< attempts in a row that failed with this code
};

}  // namespace scaleset::inline v0
