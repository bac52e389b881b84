#include "protocol/machines/listener_machine.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "protocol/machines/listener_patience.hpp"

namespace scaleset::protocol {
namespace {

using std::chrono::milliseconds;
using Kind = ListenerAction::Kind;

constexpr std::chrono::minutes kBetweenReplacements{5};
constexpr std::chrono::minutes kConflictAlarm{5};
constexpr std::chrono::minutes kBetweenChecks{1};
constexpr milliseconds kSecondCheck{10000};
constexpr milliseconds kHeld{1000};  // a poll that ends earlier was not held
// So many in a row mean that the session is broken (A1). kRedeliveries: see A5.
constexpr int kUselessAnswers = 3;
constexpr int kRedeliveries = 3;
// Acquiring and acknowledging pause after this many failures in a row, so that polling goes on.
constexpr int kTriesBeforePolling = 3;
// Limits the memory of applied_. An older message that comes again is applied again.
constexpr std::size_t kRememberedIds = 256;

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

ListenerAction ListenerMachine::started(Moment /*at*/) {
  expect(State::idle);
  if (stopping_) return finish();
  return open("");
}

// ---- open_session

ListenerAction ListenerMachine::session_opened(Moment at, std::optional<Statistics> statistics) {
  expect(State::opening);
  open_failures_ = 0;
  conflict_since_.reset();
  // The cursor belongs to the session, the queue to the scale set: from 0, a new session gets
  // everything that was not acknowledged (protocol.md 10.4).
  cursor_ = MessageId{0};
  applied_.clear();
  unacknowledged_.reset();
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
    return wait_after(Next::open, error, patience(error), step);
  }
  if (!conflict_since_) conflict_since_ = at.now;
  auto action = wait_after(Next::open, error, kConflict, step);
  action.note->text += "; another session of this scale set is open: waiting until it ends";
  if (at.now - *conflict_since_ >= kConflictAlarm) action.note->level = LogLevel::error;
  return action;
}

// ---- poll

ListenerAction ListenerMachine::message(Moment at, Message message) {
  expect(State::polling);
  poll_answered();
  if (message.statistics) {
    know(*message.statistics);
  } else {
    message.statistics = statistics_;
  }
  current_ = std::move(message);
  if (!applied_.contains(current_.id)) {
    bool const lately = checked_at_ && at.now - *checked_at_ < kBetweenChecks;
    if (lately || !contradicts_itself(current_)) return apply();
    checked_at_ = at.now;
    checked_once_ = false;
    return check_statistics();
  }
  // The message was handled before, and only its acknowledgement is missing. Without the pause, a
  // service that delivers it for ever would be polled in a tight loop.
  unacknowledged_ = current_.id;
  cursor_ = current_.id;
  return wait(Next::loop, base::backoff_delay(kIdlePause, 0, *random_));
}

ListenerAction ListenerMachine::no_message(Moment at) {
  expect(State::polling);
  bool const held = at.now - polled_at_ >= kHeld;
  poll_answered();
  if (held || stopping_) return loop(at);
  return wait(Next::loop, base::backoff_delay(kIdlePause, 0, *random_));
}

ListenerAction ListenerMachine::poll_failed(Moment at, Error error) {
  expect(State::polling);
  retries_may_resume();
  // Cancelled without a stop: the capacity changed, so poll again at once with the new one.
  if (stopping_ || error.code == ErrorCode::cancelled) return loop(at);
  if (auto ended = session_ended(at, error)) return *std::move(ended);
  if (!trouble(error)) return useless_answer(error);
  return wait_after(Next::loop, error, patience(error), poll_failures_++);
}

ListenerAction ListenerMachine::useless_answer(Error const& error) {
  ++useless_answers_;
  if (useless_answers_ < kUselessAnswers) {
    return wait_after(Next::loop, error, kTransient, poll_failures_++);
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

ListenerAction ListenerMachine::applied(Moment at) {
  expect(State::applying);
  apply_failures_ = 0;
  failing_ = MessageId{0};
  if (current_.id.value != 0) {
    remember_applied();
    offers_.take(current_.jobs);
    cursor_ = current_.id;
    unacknowledged_ = current_.id;
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
  action.note = ListenerNote(
      LogLevel::error,
      "message " + std::to_string(current_.id.value) +
          " could not be applied in four attempts and is set aside: " + error.to_string());
  return action;
}

ListenerAction ListenerMachine::quarantined(Moment at) {
  expect(State::quarantining);
  failing_ = MessageId{0};
  remember_applied();
  cursor_ = current_.id;
  unacknowledged_ = current_.id;
  return loop(at);
}

// ---- acquire and acknowledge

ListenerAction ListenerMachine::acquired(Moment at, std::vector<RequestId> ids) {
  expect(State::acquiring);
  acquire_failures_ = 0;
  offers_.record_answer(asked_for_, ids.size());
  auto difference = shortfall(asked_for_, ids);
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
    // github.com assigns jobs itself and does not have this route (protocol.md 9).
    offers_.record_answer(asked_for_, 0);
    acquire_failures_ = 0;
    auto action = loop(at);
    action.note = warning("offered jobs could not be acquired: " + error.to_string());
    return action;
  }
  int const step = acquire_failures_++;
  acquire_paused_ = acquire_failures_ >= kTriesBeforePolling;
  if (stopping_) return loop(at);
  return wait_after(Next::loop, error, kTransient, std::min(step, kTriesBeforePolling));
}

ListenerAction ListenerMachine::acknowledged(Moment at) {
  expect(State::acknowledging);
  acknowledge_failures_ = 0;
  unacknowledged_.reset();
  return loop(at);
}

ListenerAction ListenerMachine::acknowledge_failed(Moment at, Error error) {
  expect(State::acknowledging);
  if (auto ended = session_ended(at, error)) return *std::move(ended);
  bool const gone = error.code == ErrorCode::not_found;
  if (gone || stopping_) {
    acknowledge_failures_ = 0;
    unacknowledged_.reset();
    auto action = loop(at);
    action.note =
        warning((gone ? "the service no longer has the message to acknowledge: "
                      : "the last message could not be acknowledged and may come again: ") +
                error.to_string());
    return action;
  }
  int const step = acknowledge_failures_++;
  acknowledge_paused_ = acknowledge_failures_ >= kTriesBeforePolling;
  return wait_after(Next::loop, error, kTransient, std::min(step, kTriesBeforePolling));
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
  if (stopping_) return finish();
  return reopen(reason_);
}

ListenerAction ListenerMachine::scale_set_replaced(Moment at) {
  expect(State::replacing);
  replaced_at_ = at.now;
  replace_failures_ = 0;
  offers_.clear();
  if (stopping_) return finish();
  return open("scale_set_gone");
}

ListenerAction ListenerMachine::replace_failed(Moment /*at*/, Error error) {
  expect(State::replacing);
  if (stopping_) return finish();
  return wait_after(Next::replace, error, kReplace, replace_failures_++);
}

// ---- at any time

ListenerAction ListenerMachine::stop_requested() {
  stopping_ = true;
  bool const can_be_cut_short = state_ == State::polling || state_ == State::waiting ||
                                state_ == State::opening || state_ == State::replacing;
  ListenerAction action;
  if (can_be_cut_short) action.kind = Kind::cancel;
  return action;
}

ListenerAction ListenerMachine::capacity_changed(Moment at) {
  ListenerAction action;
  if (state_ == State::polling && std::max(at.capacity, 0) != advertised_)
    action.kind = Kind::cancel;
  return action;
}

// ---- the parts

void ListenerMachine::expect(State state) const {
  if (state_ != state)
    throw std::logic_error(
        "the listener's driver reported an event that the current action does not allow");
}

ListenerAction ListenerMachine::enter(State state, Kind kind) {
  state_ = state;
  ListenerAction action;
  action.kind = kind;
  return action;
}

ListenerAction ListenerMachine::open(std::string reason) {
  reason_ = std::move(reason);
  auto action = enter(State::opening, Kind::open_session);
  action.reason = reason_;
  return action;
}

/// Opens a session at once the first time. If sessions are lost before they have answered a poll,
/// it waits in between, so as not to replace them in a tight loop.
ListenerAction ListenerMachine::reopen(std::string const& reason) {
  if (sessions_without_answer_ <= 1) return open(reason);
  reason_ = reason;
  return wait(Next::open, base::backoff_delay(kTransient, sessions_without_answer_ - 2, *random_));
}

ListenerAction ListenerMachine::close(std::string reason) {
  reason_ = std::move(reason);
  return enter(State::closing, Kind::close_session);
}

/// The next thing to do between two polls.
ListenerAction ListenerMachine::loop(Moment at) {
  if (stopping_) {
    // A message whose offers were not acquired is not acknowledged, so the next session gets it.
    if (unacknowledged_ && !acknowledge_paused_ && !offers_.has_any_of(current_.jobs))
      return acknowledge();
    return close("");
  }
  auto ids = offers_.affordable(at.capacity);
  if (!ids.empty() && !acquire_paused_) return acquire(std::move(ids));
  if (unacknowledged_ && !acknowledge_paused_) return acknowledge();
  return poll(at);
}

ListenerAction ListenerMachine::poll(Moment at) {
  polled_at_ = at.now;
  advertised_ = std::max(at.capacity, 0);
  auto action = enter(State::polling, Kind::poll);
  action.id = cursor_;
  action.capacity = advertised_;
  return action;
}

ListenerAction ListenerMachine::check_statistics() {
  auto action = enter(State::checking, Kind::check_statistics);
  action.note = warning(
      "message " + std::to_string(current_.id.value) +
      " assigns jobs although its statistics count none; asking the scale set for its statistics");
  return action;
}

ListenerAction ListenerMachine::apply() {
  auto action = enter(State::applying, Kind::apply);
  action.message = current_;
  if (auto text = unreadable_parts(current_); !text.empty()) action.note = warning(std::move(text));
  return action;
}

ListenerAction ListenerMachine::acquire(std::vector<RequestId> ids) {
  auto action = enter(State::acquiring, Kind::acquire);
  asked_for_ = ids;
  action.ids = std::move(ids);
  return action;
}

ListenerAction ListenerMachine::acknowledge() {
  auto action = enter(State::acknowledging, Kind::acknowledge);
  action.id = *unacknowledged_;
  return action;
}

ListenerAction ListenerMachine::replace(Moment at) {
  auto const due = replaced_at_ ? *replaced_at_ + kBetweenReplacements : at.now;
  if (due > at.now) {
    auto const delay = std::max(std::chrono::ceil<milliseconds>(due - at.now), kTransient.min);
    return wait(Next::replace, delay,
                ListenerNote(LogLevel::error,
                             "the scale set is gone again, minutes after it was created again; "
                             "trying again in " +
                                 in_seconds(delay)));
  }
  auto action = enter(State::replacing, Kind::scale_set_gone);
  action.note = ListenerNote(LogLevel::error,
                             "the scale set no longer exists at the service; looking for it by "
                             "name, and creating it again if there is none");
  return action;
}

ListenerAction ListenerMachine::finish() { return enter(State::done, Kind::finished); }

ListenerAction ListenerMachine::wait(Next next, milliseconds delay,
                                     std::optional<ListenerNote> note) {
  next_ = next;
  auto action = enter(State::waiting, Kind::wait);
  action.delay = delay;
  action.note = std::move(note);
  return action;
}

ListenerAction ListenerMachine::wait_after(Next next, Error const& error, Wait range, int step) {
  auto delay = base::backoff_delay(range, step, *random_);
  if (error.retry_after) delay = std::max(delay, *error.retry_after);
  return wait(next, delay, warning(error.to_string() + "; trying again in " + in_seconds(delay)));
}

/// Handles the errors that end a session in whatever call they occur. No value: `error` is not one
/// of them.
std::optional<ListenerAction> ListenerMachine::session_ended(Moment at, Error const& error) {
  if (error.code == ErrorCode::scale_set_not_found) {
    if (stopping_) return finish();
    return replace(at);
  }
  if (error.code != ErrorCode::session_lost) return std::nullopt;
  if (stopping_) return finish();
  ++sessions_without_answer_;
  auto action = reopen("session_lost");
  action.note =
      warning("the service no longer knows the session; opening another one: " + error.to_string());
  return action;
}

void ListenerMachine::poll_answered() noexcept {
  poll_failures_ = 0;
  useless_answers_ = 0;
  sessions_without_answer_ = 0;
  retries_may_resume();
}

void ListenerMachine::retries_may_resume() noexcept {
  acquire_paused_ = false;
  acknowledge_paused_ = false;
}

void ListenerMachine::know(Statistics const& statistics) {
  statistics_ = statistics;
  offers_.know(statistics);
}

void ListenerMachine::remember_applied() {
  applied_.insert(current_.id);
  if (applied_.size() > kRememberedIds) applied_.erase(applied_.begin());
}

}  // namespace scaleset::protocol
