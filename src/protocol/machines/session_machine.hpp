#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "protocol/wire/access.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// What becomes of the calls of one message session when its queue token expires or the session is
/// lost (protocol.md 6.1, E11, W-10, field problem A3). Calls may overlap (a poll and an
/// acknowledgement): the first one that meets a 401 refreshes, the first one that finds the session
/// lost opens it anew, the others wait.
///
///     live ──401 on the current token──> refreshing ──renewed()──> live, the next generation
///       │                                    │ session_lost            ^
///       └──session_lost from any call──> recreating ───recreated()─────┘
///
/// Without `recreate` a lost session is lost for good. If a renewal fails, every call that waited
/// for it fails with the same error, and the next call tries again. If it was cancelled, only its
/// own call fails, and the next of the waiting calls takes over.
class SessionMachine {
 public:
  enum class Answer : std::uint8_t {
    give_up,   // the error is the call's result
    refresh,   // the caller refreshes (E11), reports, and repeats its call
    recreate,  // the caller opens the session anew (E10), reports, and repeats its call
    wait,      // another call is renewing: wait until it has ended, then ask outcome()
    repeat,    // there is a newer token already: repeat now
    closed,    // the session was closed, so there is nothing to call
  };
  /// What a call has tried already. It tries each remedy once.
  struct Tried {
    bool refresh = false;
    bool recreate = false;
  };

  SessionMachine(SessionInfo opened, bool recreate);

  /// Asked before a call. `repeat`: make the call. Otherwise `recreate`, `wait` or `closed`.
  [[nodiscard]] Answer before_call();
  /// A queue call made with `generation`'s token failed.
  [[nodiscard]] Answer call_failed(Error const& error, std::uint64_t generation, Tried& tried);
  /// A new token is wanted although no call met a 401.
  [[nodiscard]] Answer want_refresh();
  /// The renewal that a call waited for, begun while `generation` was current, is over.
  /// `give_up`: last_error().
  [[nodiscard]] Answer outcome(std::uint64_t generation);

  /// Takes over what the answer contains and keeps the rest (W-9).
  void refreshed(SessionInfo answer);
  /// `recreate`: the caller does that at once.
  [[nodiscard]] Answer refresh_failed(Error const& error);
  void recreated(SessionInfo opened);
  void recreate_failed(Error const& error);

  /// From now on the session is not opened anew: its owner is about to close it.
  void closing() noexcept { recreate_ = false; }
  /// The service has ended it. No call begins any more; those under way end as they do.
  void closed() noexcept { closed_ = true; }

  /// The id after which to poll. A new session does not continue the ids of the lost one, so polls
  /// begin at the start of the queue until the new one has delivered something.
  [[nodiscard]] MessageId poll_from(MessageId last) const noexcept;
  /// A poll made with `generation`'s token brought a message.
  void delivered(std::uint64_t generation) noexcept;

  [[nodiscard]] SessionInfo const& session() const noexcept { return session_; }
  /// Counts the tokens; taken together with session().queue at the beginning of a call.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  [[nodiscard]] bool renewing() const noexcept { return renewing_; }
  [[nodiscard]] bool lost() const noexcept { return lost_; }
  /// Whether the service keeps the session, as far as its answers say.
  [[nodiscard]] bool is_kept() const noexcept { return !lost_ && !set_gone_; }
  [[nodiscard]] std::int64_t times_recreated() const noexcept { return times_recreated_; }
  /// Only after `give_up` of before_call(), want_refresh() or outcome().
  [[nodiscard]] Error const& last_error() const { return failure_ ? *failure_ : *lost_because_; }

 private:
  [[nodiscard]] Answer renewal();
  void lose(Error const& error);

  SessionInfo session_;
  bool recreate_;
  std::uint64_t generation_ = 1;
  std::uint64_t recreated_at_ = 1;  // the first generation of the session as it is now
  bool renewing_ = false;
  bool lost_ = false;
  bool set_gone_ = false;  // the service said that the scale set does not exist
  bool closed_ = false;
  bool fresh_ = false;  // opened anew, and nothing delivered since
  std::int64_t times_recreated_ = 0;
  // On the heap, since a session seldom has one.
  std::unique_ptr<Error> failure_;       // of the last renewal; null: it succeeded or was cancelled
  std::unique_ptr<Error> lost_because_;  // whenever lost_
};

}  // namespace scaleset::protocol
