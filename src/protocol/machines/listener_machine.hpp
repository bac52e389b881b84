#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/outage.hpp"
#include "protocol/machines/listener_notes.hpp"
#include "protocol/machines/listener_patience.hpp"
#include "protocol/machines/message_sequence.hpp"
#include "protocol/machines/offer_book.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// What the driver does next. The comment beside each kind names the fields that it uses; `note`
/// may come with any kind.
struct ListenerAction {
  enum class Kind : std::uint8_t {
    none,              // continue with the action that is under way
    open_session,      // `reason`: empty the first time, else why another is needed (for metrics)
    poll,              // get_message(`id`, `capacity`)
    check_statistics,  // get_scale_set, for the statistics in it
    apply,             // `message`; with id 0 and no jobs: the statistics of the new session
    quarantine,        // set `message` aside for a person: applying it has failed four times
    look_for_offers,   // acquirable_jobs (E18)
    keep_offers,       // make `offers` durable: they are all that will be known of after a restart
    acquire,           // acquire_jobs(`ids`)
    acknowledge,       // delete_message(`id`)
    wait,              // for `delay`
    cancel,            // what is under way, and report its end, too
    close_session,     // before the end, or before another one is opened
    scale_set_gone,    // find or create it again and use the new id from now on
    finished,          // stopped as requested; no session is left open
    give_up,           // `error`: trying again cannot help
  };

  ListenerAction() = default;
  Kind kind = Kind::none;
  MessageId id;
  int capacity = 0;
  Message message;
  std::vector<RequestId> ids;
  std::vector<OpenOffer> offers;
  std::chrono::milliseconds delay{0};
  std::string reason;
  std::optional<Error> error;
  std::optional<ListenerNote> note;
  bool sequence_restarted = false;  // with apply or check_statistics: for metrics
};

/// When an event happens, and the number of runners the scale set can have at that moment.
struct Moment {
  std::chrono::steady_clock::time_point now;
  int capacity = 0;
};

/// Every decision of the loop that listens to one scale set's queue, without its I/O (protocol.md
/// 6, field problems A1 to A5, A7, A9, I6, I7, W-11).
///
/// The contract: the driver answers each action with exactly one of the events that belong to it
/// (below), and that event returns the next action. Two events may come at any time:
/// stop_requested() and capacity_changed(); they return `none` or `cancel`. An event that does not
/// belong to the action under way is a bug in the driver: std::logic_error.
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
/// - Only the owner ends the loop. After a conflict (409) it tries again for ever, every 5 to 30 s.
///   After other errors it keeps session and cursor and waits 1 to 60 s; 1 to 10 s if no connection
///   could be made; 30 to 300 s if the credentials were refused, since somebody may be rotating
///   them. A Retry-After makes any of these waits longer. `give_up` is for options that can never
///   work.
/// - A message is acknowledged after it was applied, never before. A failing acknowledgement is
///   repeated before each poll and does not stop the polling. A message that a session delivers
///   twice is acknowledged, not applied again. A new session reads from 0.
/// - A message without statistics keeps the last known ones. A message that assigns jobs while its
///   statistics count none is not believed (A9): before it is applied, the scale set is asked for
///   its statistics, twice if need be, 10 s apart, and at most once a minute.
/// - Offered jobs (GHES) are acquired oldest first, as many as there is capacity for; the others
///   before a later poll, when there is room. The service offers a job once, so it is asked for all
///   open offers (E18) in each new session, when its statistics count more of them than are known,
///   and when acquiring was refused or brought less than was asked for; at most every 10 s, and not
///   again if it has no such route. Then nobody else knows of the offers in hand, so they are kept
///   before the message that brought them is acknowledged.
/// - If the service says that the scale set does not exist, it is looked for. Found again with the
///   same id, it was there all the time (I6): after a wait of 1 to 60 s the listener goes on with
///   the session that it has, or opens one. A scale set that was created again is not replaced
///   within the next five minutes.
class ListenerMachine {
 public:
  explicit ListenerMachine(std::shared_ptr<RandomSource> random);

  /// `kept` are the offers that were kept last, by an earlier process.
  [[nodiscard]] ListenerAction started(Moment at, std::vector<OpenOffer> kept = {});

  // After open_session. A session without statistics is used like any other.
  [[nodiscard]] ListenerAction session_opened(Moment at, std::optional<Statistics> statistics);
  [[nodiscard]] ListenerAction session_failed(Moment at, Error error);
  // After poll.
  [[nodiscard]] ListenerAction message(Moment at, Message message);
  [[nodiscard]] ListenerAction no_message(Moment at);
  [[nodiscard]] ListenerAction poll_failed(Moment at, Error error);
  // After check_statistics; no value if the call failed.
  [[nodiscard]] ListenerAction statistics_checked(Moment at, std::optional<Statistics> statistics);
  /// What the service says of the scale set outside of messages, as whoever asked it has learned.
  void statistics_seen(Statistics const& statistics) { know(statistics); }
  // After apply. `refused` are offers of the message that shall not be acquired.
  [[nodiscard]] ListenerAction applied(Moment at, std::vector<RequestId> const& refused = {});
  [[nodiscard]] ListenerAction apply_failed(Moment at, Error error);
  // After quarantine.
  [[nodiscard]] ListenerAction quarantined(Moment at);
  /// The message stays in the queue and is delivered again. If it cannot be applied then either,
  /// it is to be set aside again.
  [[nodiscard]] ListenerAction quarantine_failed(Moment at, Error error);
  // After look_for_offers. `refused` are those that shall not be acquired.
  [[nodiscard]] ListenerAction offers_found(Moment at, std::vector<JobAvailable> const& offers,
                                            std::vector<RequestId> const& refused = {});
  [[nodiscard]] ListenerAction offers_failed(Moment at, Error error);
  // After keep_offers.
  [[nodiscard]] ListenerAction offers_kept(Moment at);
  [[nodiscard]] ListenerAction keep_failed(Moment at, Error error);
  // After acquire; `ids` are those that were granted.
  [[nodiscard]] ListenerAction acquired(Moment at, std::vector<RequestId> ids);
  [[nodiscard]] ListenerAction acquire_failed(Moment at, Error error);
  // After acknowledge.
  [[nodiscard]] ListenerAction acknowledged(Moment at);
  [[nodiscard]] ListenerAction acknowledge_failed(Moment at, Error error);
  // After wait, also if it was cancelled.
  [[nodiscard]] ListenerAction waited(Moment at);
  // After close_session, whether it succeeded or not.
  [[nodiscard]] ListenerAction session_closed(Moment at);
  // After scale_set_gone: it was found with the id that is known, or there is one with another id.
  [[nodiscard]] ListenerAction scale_set_found(Moment at);
  [[nodiscard]] ListenerAction scale_set_replaced(Moment at);
  [[nodiscard]] ListenerAction replace_failed(Moment at, Error error);

  // At any time.
  [[nodiscard]] ListenerAction stop_requested();
  [[nodiscard]] ListenerAction capacity_changed(Moment at);
  [[nodiscard]] ListenerAction retry_now();

 private:
  enum class State : std::uint8_t {
    idle,
    opening,
    polling,
    checking,
    applying,
    quarantining,
    looking,
    keeping,
    acquiring,
    acknowledging,
    waiting,
    closing,
    replacing,
    done,
  };
  /// What to do after a wait.
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
  [[nodiscard]] bool should_look_for_offers(Moment at) const;
  [[nodiscard]] ListenerAction look_for_offers(Moment at);
  [[nodiscard]] std::vector<OpenOffer> offers_to_keep() const;
  [[nodiscard]] ListenerAction keep_offers();
  [[nodiscard]] ListenerAction acquire(std::vector<RequestId> ids);
  [[nodiscard]] ListenerAction acknowledge();
  [[nodiscard]] ListenerAction replace(Moment at);
  [[nodiscard]] ListenerAction finish();
  [[nodiscard]] ListenerAction wait(Next next, std::chrono::milliseconds delay,
                                    std::optional<ListenerNote> note = std::nullopt);
  [[nodiscard]] ListenerAction wait_after(Next next, Error const& error, Wait range, int step);
  [[nodiscard]] std::optional<ListenerAction> session_ended(Moment at, Error const& error);
  [[nodiscard]] ListenerAction wait_told(Moment at, base::Outage& outage, Next next,
                                         Error const& error, Wait range, int step);
  [[nodiscard]] ListenerAction useless_answer(Moment at, Error const& error);
  void service_answers(Moment at);
  void poll_answered(Moment at);
  void retries_may_resume() noexcept;
  void know(Statistics const& statistics);

  std::shared_ptr<RandomSource> random_;
  State state_ = State::idle;
  Next next_ = Next::open;
  bool stopping_ = false;

  MessageSequence sequence_;  // of the present session
  Message current_;
  std::optional<Statistics> statistics_;  // the last known
  bool checked_once_ = false;             // for the current message, without a count of jobs
  std::optional<std::chrono::steady_clock::time_point> checked_at_;

  OfferBook offers_;
  std::vector<RequestId> asked_for_;
  bool acquire_refused_ = false;        // until the service was asked what it offers
  bool offers_doubtful_ = false;        // the service may have others than those in offers_
  bool offers_not_listed_ = false;      // the service has no E18
  bool offers_listed_ = false;          // it has
  std::vector<OpenOffer> kept_offers_;  // that are durable
  std::optional<std::chrono::steady_clock::time_point> looked_for_offers_at_;

  // Failures in a row; 0 again after a success.
  int open_failures_ = 0;
  int poll_failures_ = 0;
  int useless_answers_ = 0;
  int apply_failures_ = 0;
  MessageId failing_{0};
  MessageId kept_{0};  // could not be set aside, which was said
  int look_failures_ = 0;
  int keep_failures_ = 0;
  int acquire_failures_ = 0;
  int acknowledge_failures_ = 0;
  int replace_failures_ = 0;
  int found_again_ = 0;        // a scale set that was said not to exist
  bool session_open_ = false;  // as far as is known
  int sessions_without_answer_ = 0;
  bool acquire_paused_ = false;      // until the next poll is answered
  bool acknowledge_paused_ = false;  // until the next poll is answered
  bool keep_paused_ = false;         // until the next poll is answered

  // What has been told of failures that go on, and what is to be told with the next action.
  base::Outage outage_;    // of polls, and of the opening of a session
  base::Outage conflict_;  // another session is open
  base::Outage changes_;   // of acquiring and acknowledging
  std::optional<ListenerNote> recovered_;

  std::string reason_;  // for the next open_session
  int advertised_ = 0;
  std::chrono::steady_clock::time_point polled_at_{};
  std::optional<std::chrono::steady_clock::time_point> conflict_since_;
  std::optional<std::chrono::steady_clock::time_point> replaced_at_;
};

}  // namespace scaleset::protocol
