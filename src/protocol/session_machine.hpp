#pragma once

#include <cstdint>

#include "protocol/access.hpp"
#include "scaleset/error.hpp"

namespace scaleset::protocol {

/// What becomes of the calls of one message session when its queue token expires or the session is
/// lost (spec 6.1, E11, field problem A3). Calls may overlap (a poll and an acknowledgement): the
/// first one that meets a 401 refreshes, the others wait.
///
///     live ──401 on the current token──> refreshing ──refreshed()──> live, the next generation
///       │                                    │ session_lost
///       └──session_lost from any call────────┴────────────> lost, for good: open another session
class SessionMachine {
 public:
  enum class Answer : std::uint8_t {
    give_up,  // the error is the call's result
    refresh,  // the caller refreshes (E11), reports, and repeats its call
    wait,     // somebody else is refreshing: wait for the end of it, then repeat
    repeat,   // there is a newer token already: repeat now
  };

  explicit SessionMachine(SessionInfo opened);

  /// A queue call made with `generation`'s token failed. A call is repeated once: `repeated` tells
  /// that this was the repetition.
  [[nodiscard]] Answer call_failed(Error const& error, std::uint64_t generation, bool repeated);
  /// Somebody wants a new token without having met a 401. `refresh` or `wait`; `give_up` if the
  /// session is lost.
  [[nodiscard]] Answer want_refresh();

  /// Takes over what the answer contains; what it lacks stays (W-9).
  void refreshed(SessionInfo answer);
  void refresh_failed(Error const& error);

  [[nodiscard]] SessionInfo const& session() const noexcept { return session_; }
  /// Counts the tokens; taken together with session().queue at the beginning of a call.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  [[nodiscard]] bool lost() const noexcept { return lost_; }

 private:
  SessionInfo session_;
  std::uint64_t generation_ = 1;
  bool refreshing_ = false;
  bool lost_ = false;
};

}  // namespace scaleset::protocol
