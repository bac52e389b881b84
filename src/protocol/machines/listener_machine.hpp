#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/machines/listener_notes.hpp"
#include "protocol/machines/listener_patience.hpp"
#include "protocol/machines/offer_book.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// What the driver does next. Only the fields named at its kind mean something; `note` may come
/// with any of them.
struct ListenerAction {
  enum class Kind : std::uint8_t {
    none,              // go on with what is under way
    open_session,      // `reason`: "" at first, else why there is a new one (a metric's label)
    poll,              // get_message(`id`, `capacity`)
    check_statistics,  // get_scale_set, for the statistics in it
    apply,             // `message`; id 0 and no jobs: the statistics a session opened with
    quarantine,        // put `message` aside for a person: it could not be applied, again and again
    acquire,           // acquire_jobs(`ids`)
    acknowledge,       // delete_message(`id`)
    wait,              // for `delay`
    cancel,            // the poll, wait, opening or scale_set_gone under way; its end is still told
    close_session,     // for ever or to open another
    scale_set_gone,    // find or create it again and use the new id from now on
    finished,          // stopped as asked; no session is left
    give_up,           // `error`: no repetition can help
  };

  ListenerAction() = default;
  Kind kind = Kind::none;
  MessageId id;
  int capacity = 0;
  Message message;
  std::vector<RequestId> ids;
  std::chrono::milliseconds delay{0};
  std::string reason;
  std::optional<Error> error;
  std::optional<ListenerNote> note;
};

/// When an event happens, and the number of runners the scale set can have at that moment.
struct Moment {
  std::chrono::steady_clock::time_point now;
  int capacity = 0;
};

/// Every decision of the loop that listens to one scale set's queue, without its I/O (protocol.md
/// 6, field problems A1 to A5, A7, A9, W-11).
///
/// The contract: each action is answered by exactly one event of those listed at it, and that
/// event's answer is the next action. Two events may come at any time: stop_requested() and
/// capacity_changed(); their answer is `none` or `cancel`. An event that answers no action is a bug
/// of the driver: std::logic_error.
///
///     started()
///        v
///     open_session <──session_closed()── close_session <──three useless answers──┐
///        │ ^ ^                                                                   │
///        │ │ └──────── session lost (from poll, acquire or acknowledge) ─────────┤
///        │ │                                                                     │
///        │ └──scale_set_replaced()── scale_set_gone <──scale set not found───────┤
///        │ session_opened()                                                      │
///        v                                                                       │
///     apply (statistics) ──applied()──> poll(cursor) ──no_message()──> poll      │
///                                         │    ^  └──poll_failed()──> wait ──────┘
///                             message()   v    └────────────────────────────────┐
///                                       apply ──apply_failed()──> wait, poll from│
///                             applied()   v        the same cursor: redelivered; │
///                                       acquire    the fourth time quarantine    │
///                             acquired()  v                                      │
///                                       acknowledge ──acknowledged()─────────────┘
///
///     stop_requested(): what is under way ends, a message in hand is applied and acknowledged,
///                       then close_session ──session_closed()──> finished
///
/// - Nothing but the owner ends the loop. A conflict (409) is waited out for ever, 5 to 30 s at a
///   time. Other errors keep session and cursor and wait 1 to 60 s, or 1 to 10 s where no
///   connection could be made; refused credentials 30 to 300 s, since somebody may be rotating
///   them; a Retry-After prolongs any of them. `give_up` is for options that can never work.
/// - A message is acknowledged after it was applied, never before. A failing acknowledgement is
///   repeated before each poll and does not stop the polling. A message seen twice in a session is
///   acknowledged, not applied again. A new session reads from 0.
/// - Statistics missing in a message are the last ones known. A message that assigns jobs while it
///   counts none is not believed (A9): before it is applied the scale set is looked up, twice with
///   10 s between them, once a minute at most.
/// - Offered jobs (GHES) are acquired oldest first, as far as capacity goes; the rest when there is
///   room, before a poll.
class ListenerMachine {
 public:
  explicit ListenerMachine(std::shared_ptr<RandomSource> random);

  [[nodiscard]] ListenerAction started(Moment at);

  // open_session. A session without statistics is used all the same.
  [[nodiscard]] ListenerAction session_opened(Moment at, std::optional<Statistics> statistics);
  [[nodiscard]] ListenerAction session_failed(Moment at, Error error);
  // poll
  [[nodiscard]] ListenerAction message(Moment at, Message message);
  [[nodiscard]] ListenerAction no_message(Moment at);
  [[nodiscard]] ListenerAction poll_failed(Moment at, Error error);
  // check_statistics; none if they could not be had
  [[nodiscard]] ListenerAction statistics_checked(Moment at, std::optional<Statistics> statistics);
  // apply
  [[nodiscard]] ListenerAction applied(Moment at);
  [[nodiscard]] ListenerAction apply_failed(Moment at, Error error);
  // quarantine; whether it worked or not
  [[nodiscard]] ListenerAction quarantined(Moment at);
  // acquire; `ids` are those that were granted
  [[nodiscard]] ListenerAction acquired(Moment at, std::vector<RequestId> ids);
  [[nodiscard]] ListenerAction acquire_failed(Moment at, Error error);
  // acknowledge
  [[nodiscard]] ListenerAction acknowledged(Moment at);
  [[nodiscard]] ListenerAction acknowledge_failed(Moment at, Error error);
  // wait; also when it was cancelled
  [[nodiscard]] ListenerAction waited(Moment at);
  // close_session; whether it worked or not
  [[nodiscard]] ListenerAction session_closed(Moment at);
  // scale_set_gone
  [[nodiscard]] ListenerAction scale_set_replaced(Moment at);
  [[nodiscard]] ListenerAction replace_failed(Moment at, Error error);

  // At any time.
  [[nodiscard]] ListenerAction stop_requested();
  [[nodiscard]] ListenerAction capacity_changed(Moment at);

 private:
  enum class State : std::uint8_t {
    idle,
    opening,
    polling,
    checking,
    applying,
    quarantining,
    acquiring,
    acknowledging,
    waiting,
    closing,
    replacing,
    done,
  };
  /// What follows a wait.
  enum class Next : std::uint8_t { open, loop, check, apply, replace };
  void expect(State state) const;
  [[nodiscard]] ListenerAction enter(State state, ListenerAction::Kind kind);
  [[nodiscard]] ListenerAction open(std::string reason);
  [[nodiscard]] ListenerAction reopen(std::string const& reason);
  [[nodiscard]] ListenerAction close(std::string reason);
  [[nodiscard]] ListenerAction loop(Moment at);
  [[nodiscard]] ListenerAction poll(Moment at);
  [[nodiscard]] ListenerAction check_statistics();
  [[nodiscard]] ListenerAction apply();
  [[nodiscard]] ListenerAction acquire(std::vector<RequestId> ids);
  [[nodiscard]] ListenerAction acknowledge();
  [[nodiscard]] ListenerAction replace(Moment at);
  [[nodiscard]] ListenerAction finish();
  [[nodiscard]] ListenerAction wait(Next next, std::chrono::milliseconds delay,
                                    std::optional<ListenerNote> note = std::nullopt);
  [[nodiscard]] ListenerAction wait_after(Next next, Error const& error, Wait range, int step);
  [[nodiscard]] std::optional<ListenerAction> session_ended(Moment at, Error const& error);
  [[nodiscard]] ListenerAction useless_answer(Error const& error);
  void poll_answered() noexcept;
  void retries_may_resume() noexcept;
  void know(Statistics const& statistics);
  void remember_applied();

  std::shared_ptr<RandomSource> random_;
  State state_ = State::idle;
  Next next_ = Next::open;
  bool stopping_ = false;

  // One session's sequence.
  MessageId cursor_{0};
  std::set<MessageId> applied_;  // the newest few
  std::optional<MessageId> unacknowledged_;
  Message current_;
  std::optional<Statistics> statistics_;  // the last known
  bool checked_once_ = false;             // the current message's, and there was none either
  std::optional<std::chrono::steady_clock::time_point> checked_at_;

  OfferBook offers_;
  std::vector<RequestId> asked_for_;

  // Counted in a row; 0 when it works again.
  int open_failures_ = 0;
  int poll_failures_ = 0;
  int useless_answers_ = 0;
  int apply_failures_ = 0;
  MessageId failing_{0};
  int acquire_failures_ = 0;
  int acknowledge_failures_ = 0;
  int replace_failures_ = 0;
  int sessions_without_answer_ = 0;
  bool acquire_paused_ = false;      // until the next poll is answered
  bool acknowledge_paused_ = false;  // until the next poll is answered

  std::string reason_;  // of the next open_session
  int advertised_ = 0;
  std::chrono::steady_clock::time_point polled_at_{};
  std::optional<std::chrono::steady_clock::time_point> conflict_since_;
  std::optional<std::chrono::steady_clock::time_point> replaced_at_;
};

}  // namespace scaleset::protocol
