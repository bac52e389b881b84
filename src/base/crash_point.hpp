#pragma once

#ifdef SCALESET_CRASH_POINTS
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#endif

namespace scaleset::base {

/// A place at which kill -9 must do no harm. In a build with the CMake option SCALESET_CRASH_POINTS
/// the process kills itself at the N-th place that it comes to, if SCALESET_CRASH_AT is N in its
/// environment, and says `where` it was (`./dev kill9`). In any other build this is nothing.
inline void crash_point([[maybe_unused]] char const* where) noexcept {
#ifdef SCALESET_CRASH_POINTS
  static std::mutex mutex;
  static long passed = 0;
  char const* const at = std::getenv("SCALESET_CRASH_AT");
  if (at == nullptr) return;
  std::lock_guard const lock(mutex);
  if (++passed != std::strtol(at, nullptr, 10)) return;
  std::fprintf(stderr, "killed at: %s\n", where);
  std::raise(SIGKILL);
#endif
}

}  // namespace scaleset::base
