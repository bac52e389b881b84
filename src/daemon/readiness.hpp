#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::daemon {

/// Whether a scale set can run jobs, in one word: the only words for that, in `scaleset status`, in
/// its JSON and behind its exit code.
enum class Readiness : std::uint8_t {
  ready,
  starting,     // takes over what an earlier process left, or looks for the scale set
  refused,      // the service refuses the credentials, or knows no such URL
  unreachable,  // the service cannot be reached, or gives no session
  failing,      // no runner could be started, several times in a row
  parked,       // the service refuses the runners' version
  paused,       // by an operator
  drained,      // by an operator
  draining,     // it waits for its runners to end, and then it ends
  unwritable,   // the journal cannot be written
  unserved,     // what it needs on this machine is not there, or another process has it
  ended,
};
/// Lower case. It never changes.
[[nodiscard]] std::string_view to_string(Readiness readiness) noexcept;

/// What an answer of the service, or that there was none, means for a scale set.
[[nodiscard]] Readiness readiness_after(Error const& error) noexcept;
/// The same as a sentence that says what to look at.
[[nodiscard]] std::string reason_of(Error const& error);

}  // namespace scaleset::daemon
