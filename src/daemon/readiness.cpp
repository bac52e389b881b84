#include "daemon/readiness.hpp"

namespace scaleset::daemon {

std::string_view to_string(Readiness readiness) noexcept {
  switch (readiness) {
    case Readiness::ready: return "ready";
    case Readiness::starting: return "starting";
    case Readiness::refused: return "refused";
    case Readiness::unreachable: return "unreachable";
    case Readiness::failing: return "failing";
    case Readiness::parked: return "parked";
    case Readiness::paused: return "paused";
    case Readiness::drained: return "drained";
    case Readiness::draining: return "draining";
    case Readiness::unwritable: return "unwritable";
    case Readiness::unserved: return "unserved";
    case Readiness::ended: break;
  }
  return "ended";
}

Readiness readiness_after(Error const& error) noexcept {
  switch (error.code) {
    case ErrorCode::unauthorized:
    case ErrorCode::forbidden:
    case ErrorCode::not_found:
    case ErrorCode::proxy_authentication:
    case ErrorCode::invalid_private_key: return Readiness::refused;
    case ErrorCode::io:
    case ErrorCode::invalid_options: return Readiness::unserved;
    default: return Readiness::unreachable;
  }
}

std::string reason_of(Error const& error) {
  std::string text = error.to_string();
  switch (error.code) {
    case ErrorCode::unauthorized: return "the service refuses the credentials: " + text;
    case ErrorCode::forbidden:
      return "the service does not allow that with these credentials: " + text;
    case ErrorCode::not_found:
      if (error.http_status == 0) return text;  // the runner group, which the text names
      return "there is no such URL at the service, or the credentials may not see it: " + text;
    case ErrorCode::session_conflict:
      return "the scale set has another open session, and the service gives one at a time: " + text;
    default: return text;
  }
}

}  // namespace scaleset::daemon
