#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace scaleset::simulator {

/// Why the service says no. The front translates each into a status and an exception name
/// (spec 7.3, 11.4).
enum class RefusalKind : std::uint8_t {
  invalid,  // the request makes no sense
  scale_set_not_found,
  scale_set_exists,
  scale_set_in_use,   // deletion while jobs run
  session_conflict,   // a live session exists, whoever owns it
  session_evicted,    // refresh of a session that is not (or no longer) the live one, broker
  session_expired,    // the same on the acquire profile; deletion on both
  poll_unauthorized,  // the queue token's session is gone
  message_unknown,
  runner_exists,
  runner_not_found,
  runner_session_conflict,
  runner_session_unknown,
  job_still_running,
  job_not_found,  // cancelled, timed out, or never was
  job_taken,      // acquired before
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
