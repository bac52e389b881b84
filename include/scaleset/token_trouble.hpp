#pragma once

#include <chrono>
#include <utility>

#include "scaleset/error.hpp"

namespace scaleset::inline v0 {

/// Why no new admin token can be had. An earlier one may still be in use, so that calls go on.
struct TokenTrouble {
  TokenTrouble(Error what, std::chrono::steady_clock::time_point begin)
      : error(std::move(what)), since(begin) {}
  Error error;                                  ///< of the last attempt
  std::chrono::steady_clock::time_point since;  ///< of Hooks::clock: when it failed so first
  int failures = 0;                             ///< attempts that failed so, in a row
};

}  // namespace scaleset::inline v0
