#include "backends/backend.hpp"

namespace scaleset::backends {

std::string_view to_string(ExitCause cause) noexcept {
  switch (cause) {
    case ExitCause::exited: return "exited";
    case ExitCause::signalled: return "signalled";
    case ExitCause::out_of_memory: return "out_of_memory";
    case ExitCause::evicted: return "evicted";
    case ExitCause::image: return "image";
    case ExitCause::engine: return "engine";
    case ExitCause::version_refused: return "version_refused";
    case ExitCause::removed: return "removed";
    case ExitCause::lost: return "lost";
    case ExitCause::unknown: break;
  }
  return "unknown";
}

}  // namespace scaleset::backends
