#include "protocol/machines/listener_machine.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "protocol/machines/listener_patience.hpp"

namespace scaleset::protocol {
namespace {

using std::chrono::milliseconds;
using Kind = ListenerAction::Kind;

constexpr std::chrono::minutes kConflictAlarm{5};
constexpr std::chrono::minutes kBetweenChecks{1};
constexpr milliseconds kSecondCheck{10000};
constexpr milliseconds kHeld{1000};  // a poll that ends earlier was not held
// So many in a row mean that the session is broken (A1). kRedeliveries: see A5.
constexpr int kUselessAnswers = 3;
constexpr int kRedeliveries = 3;
// Acquiring and acknowledging pause after this many failures in a row, so that polling goes on.
constexpr int kTriesBeforePolling = 3;

/// Whether the message assigns jobs while its statistics count none (A9).
bool contradicts_itself(Message const& message) {
  if (!message.statistics || message.statistics->assigned_jobs > 0) return false;
  std::ptrdiff_t open = 0;
  for (auto const& job : message.jobs) {
    if (std::holds_alternative<JobAssigned>(job)) ++open;
    if (std::holds_alternative<JobCompleted>(job)) --open;
  }
  return open > 0;
}

}  // namespace

ListenerMachine::ListenerMachine(std::shared_ptr<RandomSource> random)
    : random_(std::move(random)) {}

ListenerAction ListenerMachine::started(Moment /*at*/, std::vector<OpenOffer> kept) {
  expect(State::idle);
  offers_.remember(kept);
  kept_offers_ = std::move(kept);
  if (stopping_) return finish();
  return open("");
}

// ---- open_session

ListenerAction ListenerMachine::session_opened(Moment at, std::optional<Statistics> statistics) {
  expect(State::opening);
  session_open_ = true;
  open_failures_ = 0;
  conflict_since_.reset();
  conflict_ = base::Outage();
  service_answers(at);
  // The cursor belongs to the session, the queue to the scale set (protocol.md 10.4).
  sequence_.restart();
  // Offers of the time before this session are not sent again.
  offers_doubtful_ = true;
  failing_ = MessageId{0};
  apply_failures_ = 0;
  poll_failures_ = 0;
  useless_answers_ = 0;
  retries_may_resume();
  // The stop came too late to cancel the opening. The session must not be left behind (A2).
  if (stopping_) return close("");
  if (!statistics) {
    auto action = loop(at);
    action.note = warning("the new session came without statistics; keeping the last ones");
    return action;
  }
  current_ = Message();
  know(*statistics);
  // The backlog that was there before the session shows only in these statistics (protocol.md E10).
  current_.statistics = statistics_;
  return apply();
}

ListenerAction ListenerMachine::session_failed(Moment at, Error error) {
  expect(State::opening);
  if (stopping_) return finish();
  if (hopeless(error)) {
    auto action = enter(State::done, Kind::give_up);
    action.error = std::move(error);
    return action;
  }
  if (error.code == ErrorCode::scale_set_not_found) return replace(at);
  int const step = open_failures_++;
  if (error.code != ErrorCode::session_conflict) {
    return wait_told(at, outage_, Next::open, error, patience(error), step);
  }
  if (!conflict_since_) conflict_since_ = at.now;
  auto action = wait_told(at, conflict_, Next::open, error, kConflict, step);
  action.note->text += "; another session of this scale set is open: waiting until it ends";
  bool const is_alarming = at.now - *conflict_since_ >= kConflictAlarm;
  if (is_alarming && action.note->level == LogLevel::warn) action.note->level = LogLevel::error;
  return action;
}

// ---- poll

ListenerAction ListenerMachine::message(Moment at, Message message) {
  expect(State::polling);
  poll_answered(at);
  if (message.statistics) {
    know(*message.statistics);
  } else {
    message.statistics = statistics_;
  }
  current_ = std::move(message);
  auto const place = sequence_.look_at(current_);
  if (place == MessageSequence::Place::repeated) {
    sequence_.handled(current_);
    // Without the pause, a service that delivers it for ever would be polled in a tight loop.
    return wait(Next::loop, base::backoff_delay(kIdlePause, 0, *random_));
  }
  bool const lately = checked_at_ && at.now - *checked_at_ < kBetweenChecks;
  bool const believed = lately || !contradicts_itself(current_);
  if (!believed) {
    checked_at_ = at.now;
    checked_once_ = false;
  }
  auto action = believed ? apply() : check_statistics();
  if (place == MessageSequence::Place::restarted) {
    action.sequence_restarted = true;
    std::string const others = action.note ? "; " + action.note->text : "";
    action.note = warning("the service numbers its messages anew: message " +
                          std::to_string(current_.id.value) +
                          " came after higher numbers; handling it as a new one" + others);
  }
  return action;
}

ListenerAction ListenerMachine::no_message(Moment at) {
  expect(State::polling);
  bool const held = at.now - polled_at_ >= kHeld;
  poll_answered(at);
  sequence_.poll_brought_nothing();
  if (held || stopping_) return loop(at);
  return wait(Next::loop, base::backoff_delay(kIdlePause, 0, *random_));
}

ListenerAction ListenerMachine::poll_failed(Moment at, Error error) {
  expect(State::polling);
  retries_may_resume();
  // Cancelled without a stop: the capacity changed, so poll again at once with the new one.
  if (stopping_ || error.code == ErrorCode::cancelled) return loop(at);
  if (auto ended = session_ended(at, error)) return *std::move(ended);
  if (!trouble(error)) return useless_answer(at, error);
  return wait_told(at, outage_, Next::loop, error, patience(error), poll_failures_++);
}

ListenerAction ListenerMachine::useless_answer(Moment at, Error const& error) {
  ++useless_answers_;
  if (useless_answers_ < kUselessAnswers) {
    return wait_told(at, outage_, Next::loop, error, kTransient, poll_failures_++);
  }
  useless_answers_ = 0;
  ++sessions_without_answer_;
  auto action = close(error.code == ErrorCode::malformed_response ? "undecodable" : "poll_refused");
  action.note =
      warning("three unusable answers in a row; opening a new session: " + error.to_string());
  return action;
}

// ---- check_statistics

ListenerAction ListenerMachine::statistics_checked(Moment /*at*/,
                                                   std::optional<Statistics> statistics) {
  expect(State::checking);
  if (statistics && statistics->assigned_jobs > 0) {
    know(*statistics);
    current_.statistics = statistics;
    return apply();
  }
  if (checked_once_ || stopping_) return apply();
  checked_once_ = true;
  return wait(Next::check, kSecondCheck);
}

// ---- apply

ListenerAction ListenerMachine::applied(Moment at, std::vector<RequestId> const& refused) {
  expect(State::applying);
  apply_failures_ = 0;
  failing_ = MessageId{0};
  if (current_.id.value != 0) {
    sequence_.handled(current_);
    offers_.take(current_.jobs, refused);
  }
  return loop(at);
}

ListenerAction ListenerMachine::apply_failed(Moment at, Error error) {
  expect(State::applying);
  if (failing_ != current_.id) apply_failures_ = 0;
  failing_ = current_.id;
  int const step = apply_failures_++;
  if (stopping_) {
    auto action = loop(at);
    action.note =
        warning("the last message could not be applied and will come again: " + error.to_string());
    return action;
  }
  if (apply_failures_ <= kRedeliveries) {
    // Neither cursor nor acknowledgement has moved, so the next poll brings the message again. The
    // session's first statistics are no message and have to be kept here.
    bool const redelivered = current_.id.value != 0;
    return wait_after(redelivered ? Next::loop : Next::apply, error, kTransient, step);
  }
  apply_failures_ = 0;
  if (current_.id.value == 0) {
    // Statistics come again with every message, so nothing needs to be set aside.
    auto action = loop(at);
    action.note = warning("the session's first statistics could not be applied: " + error.message);
    return action;
  }
  auto action = enter(State::quarantining, Kind::quarantine);
  action.message = current_;
  // Once is enough for a message that cannot be set aside either.
  action.note = ListenerNote(
      kept_ == current_.id ? LogLevel::debug : LogLevel::error,
      "message " + std::to_string(current_.id.value) +
          " could not be applied in four attempts; it is to be set aside: " + error.to_string());
  return action;
}

ListenerAction ListenerMachine::quarantined(Moment at) {
  expect(State::quarantining);
  failing_ = MessageId{0};
  sequence_.handled(current_);
  return loop(at);
}

ListenerAction ListenerMachine::quarantine_failed(Moment at, Error error) {
  expect(State::quarantining);
  failing_ = current_.id;
  apply_failures_ = kRedeliveries;
  if (!stopping_) {
    auto action = wait_after(Next::loop, error, kTransient, kRedeliveries);
    action.note = ListenerNote(
        kept_ == current_.id ? LogLevel::debug : LogLevel::error,
        "message " + std::to_string(current_.id.value) +
            " could neither be applied nor set aside; it stays in the queue and is tried again: " +
            error.to_string());
    kept_ = current_.id;
    return action;
  }
  auto action = loop(at);
  action.note = warning("a message could neither be applied nor set aside and will come again: " +
                        error.to_string());
  return action;
}

// ---- look_for_offers, acquire and acknowledge

ListenerAction ListenerMachine::offers_found(Moment at, std::vector<JobAvailable> const& offers,
                                             std::vector<RequestId> const& refused) {
  expect(State::looking);
  offers_listed_ = true;
  offers_doubtful_ = false;
  look_failures_ = 0;
  acquire_refused_ = false;
  offers_.replace(offers, refused);
  return loop(at);
}

ListenerAction ListenerMachine::offers_failed(Moment at, Error error) {
  expect(State::looking);
  if (auto ended = session_ended(at, error)) return *std::move(ended);
  // The offers that are known stay, and are acquired as before. If this may work later, it is tried
  // again after a poll.
  offers_not_listed_ = error.code == ErrorCode::not_found;
  // Later statistics may be wrong, so they do not answer the question.
  offers_doubtful_ = true;
  ++look_failures_;
  acquire_refused_ = false;
  auto action = loop(at);
  if (!offers_not_listed_ && !action.note && !stopping_) {
    action.note =
        warning("the service could not be asked for the jobs it offers: " + error.to_string() +
                "; trying again later");
  }
  return action;
}

ListenerAction ListenerMachine::offers_kept(Moment at) {
  expect(State::keeping);
  keep_failures_ = 0;
  changes_ = base::Outage();
  kept_offers_ = offers_to_keep();
  return loop(at);
}

ListenerAction ListenerMachine::keep_failed(Moment at, Error error) {
  expect(State::keeping);
  int const step = keep_failures_++;
  keep_paused_ = keep_failures_ >= kTriesBeforePolling;
  if (stopping_) return loop(at);
  return wait_told(at, changes_, Next::loop, error, kTransient,
                   std::min(step, kTriesBeforePolling));
}

ListenerAction ListenerMachine::acquired(Moment at, std::vector<RequestId> ids) {
  expect(State::acquiring);
  acquire_failures_ = 0;
  changes_ = base::Outage();
  offers_.record_answer(asked_for_, ids.size());
  auto difference = shortfall(asked_for_, ids);
  // Those that were not granted belong to another scale set, or the service had trouble and still
  // offers them, of which no message tells.
  if (!difference.empty()) offers_doubtful_ = true;
  auto action = loop(at);
  if (!difference.empty() && !action.note)
    action.note = ListenerNote(LogLevel::info, std::move(difference));
  return action;
}

ListenerAction ListenerMachine::acquire_failed(Moment at, Error error) {
  expect(State::acquiring);
  if (auto ended = session_ended(at, error)) return *std::move(ended);
  bool const worth_repeating = trouble(error) || error.code == ErrorCode::malformed_response ||
                               error.code == ErrorCode::message_queue_token_expired ||
                               error.code == ErrorCode::cancelled;
  if (!worth_repeating) {
    // The refusal may be about one job of several, so the offers are kept. What the service lists
    // (E18) decides which of them are left.
    acquire_failures_ = 0;
    acquire_refused_ = true;
    offers_doubtful_ = true;
    auto action = loop(at);
    action.note = warning("offered jobs could not be acquired: " + error.to_string());
    return action;
  }
  int const step = acquire_failures_++;
  acquire_paused_ = acquire_failures_ >= kTriesBeforePolling;
  if (stopping_) return loop(at);
  return wait_told(at, changes_, Next::loop, error, kTransient,
                   std::min(step, kTriesBeforePolling));
}

ListenerAction ListenerMachine::acknowledged(Moment at) {
  expect(State::acknowledging);
  acknowledge_failures_ = 0;
  changes_ = base::Outage();
  sequence_.acknowledged();
  return loop(at);
}

ListenerAction ListenerMachine::acknowledge_failed(Moment at, Error error) {
  expect(State::acknowledging);
  if (auto ended = session_ended(at, error)) return *std::move(ended);
  bool const gone = error.code == ErrorCode::not_found;
  if (gone || stopping_) {
    acknowledge_failures_ = 0;
    sequence_.acknowledged();
    auto action = loop(at);
    action.note =
        warning((gone ? "the service no longer has the message to acknowledge: "
                      : "the last message could not be acknowledged and may come again: ") +
                error.to_string());
    return action;
  }
  int const step = acknowledge_failures_++;
  acknowledge_paused_ = acknowledge_failures_ >= kTriesBeforePolling;
  return wait_told(at, changes_, Next::loop, error, kTransient,
                   std::min(step, kTriesBeforePolling));
}

// ---- wait, close_session, scale_set_gone

ListenerAction ListenerMachine::waited(Moment at) {
  expect(State::waiting);
  if (next_ == Next::loop) return loop(at);
  if (next_ == Next::check) return stopping_ ? apply() : check_statistics();
  if (next_ == Next::apply) return stopping_ ? loop(at) : apply();
  if (stopping_) return finish();
  return next_ == Next::open ? open(reason_) : replace(at);
}

ListenerAction ListenerMachine::session_closed(Moment /*at*/) {
  expect(State::closing);
  session_open_ = false;
  if (stopping_) return finish();
  return reopen(reason_);
}

ListenerAction ListenerMachine::scale_set_found(Moment /*at*/) {
  expect(State::replacing);
  replace_failures_ = 0;
  if (stopping_) return session_open_ ? close("") : finish();
  reason_ = "scale_set_gone";
  auto const delay = base::backoff_delay(kTransient, found_again_++, *random_);
  return wait(session_open_ ? Next::loop : Next::open, delay,
              warning("the scale set exists after all; going on in " + in_seconds(delay)));
}

ListenerAction ListenerMachine::scale_set_replaced(Moment at) {
  expect(State::replacing);
  replaced_at_ = at.now;
  session_open_ = false;
  replace_failures_ = 0;
  offers_ = OfferBook();
  if (stopping_) return finish();
  return open("scale_set_gone");
}

ListenerAction ListenerMachine::replace_failed(Moment at, Error error) {
  expect(State::replacing);
  if (stopping_) return finish();
  return wait_told(at, outage_, Next::replace, error, kReplace, replace_failures_++);
}

// ---- at any time

ListenerAction ListenerMachine::stop_requested() {
  stopping_ = true;
  // Not what is done about a message in hand, and not the end of a session.
  bool const can_be_cut_short = state_ == State::polling || state_ == State::waiting ||
                                state_ == State::opening || state_ == State::replacing ||
                                state_ == State::checking || state_ == State::looking;
  ListenerAction action;
  if (can_be_cut_short) action.kind = Kind::cancel;
  return action;
}

ListenerAction ListenerMachine::retry_now() {
  ListenerAction action;
  if (state_ == State::waiting) action.kind = Kind::cancel;
  return action;
}

ListenerAction ListenerMachine::capacity_changed(Moment at) {
  ListenerAction action;
  if (state_ == State::polling && std::max(at.capacity, 0) != advertised_)
    action.kind = Kind::cancel;
  return action;
}

}  // namespace scaleset::protocol
