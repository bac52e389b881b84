#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace scaleset::simulator {

/// Why the service refuses. The front gives each kind its status and exception name
/// (protocol.md 7.3, 11.4).
enum class RefusalKind : std::uint8_t {
  invalid,  // the request makes no sense
  scale_set_not_found,
  scale_set_exists,
  scale_set_in_use,   // deletion while jobs run
  session_conflict,   // a live session exists, whoever owns it
  session_evicted,    // broker: refresh of a session that is not the live one
  session_expired,    // acquire: the same; both: its deletion
  poll_unauthorized,  // the queue token's session is gone
  message_unknown,
  runner_exists,
  runner_not_found,
  runner_session_conflict,
  runner_session_unknown,
  job_still_running,
  job_not_found,  // cancelled, timed out, or it never existed
  job_taken,      // already acquired
};

struct Refusal {
  RefusalKind kind;
  std::string message;  // as it goes over the wire
};

template <class T>
using Outcome = std::expected<T, Refusal>;

[[nodiscard]] inline std::unexpected<Refusal> refuse(RefusalKind kind, std::string message) {
  return std::unexpected<Refusal>(Refusal{kind, std::move(message)});
}

}  // namespace scaleset::simulator
