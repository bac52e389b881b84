#include <algorithm>
#include <stdexcept>
#include <utility>

#include "protocol/machines/listener_machine.hpp"

/// The steps that the events in listener_machine.cpp have in common.
namespace scaleset::protocol {
namespace {

using std::chrono::milliseconds;
using Kind = ListenerAction::Kind;

constexpr std::chrono::minutes kBetweenReplacements{5};
constexpr std::chrono::seconds kBetweenLooks{10};  // for offers
constexpr int kMostDoublings = 6;                  // of that time, after failures

}  // namespace

void ListenerMachine::expect(State state) const {
  if (state_ != state)
    throw std::logic_error(
        "the listener's driver reported an event that the current action does not allow");
}

ListenerAction ListenerMachine::enter(State state, Kind kind) {
  state_ = state;
  ListenerAction action;
  action.kind = kind;
  action.note = std::exchange(recovered_, std::nullopt);
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
    bool const acquired = !offers_.has_any_of(current_.jobs);
    if (sequence_.unacknowledged() && !acknowledge_paused_ && acquired) return acknowledge();
    return close("");
  }
  auto ids = offers_.affordable(at.capacity);
  if (!ids.empty() && !acquire_paused_ && !acquire_refused_) return acquire(std::move(ids));
  // The answer may be that nothing need be kept.
  if (!offers_listed_ && should_look_for_offers(at)) return look_for_offers(at);
  bool const kept = offers_to_keep() == kept_offers_;
  if (!kept && !keep_paused_) return keep_offers();
  if (kept && sequence_.unacknowledged() && !acknowledge_paused_) return acknowledge();
  if (should_look_for_offers(at)) return look_for_offers(at);
  return poll(at);
}

ListenerAction ListenerMachine::poll(Moment at) {
  polled_at_ = at.now;
  advertised_ = std::max(at.capacity, 0);
  auto action = enter(State::polling, Kind::poll);
  action.id = sequence_.cursor_of_next_poll();
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
  auto text = unreadable_parts(current_);
  if (text.empty()) return action;
  // It may have been an offer, which no other message repeats.
  offers_doubtful_ = true;
  action.note = warning(std::move(text));
  return action;
}

bool ListenerMachine::should_look_for_offers(Moment at) const {
  // Without room none of them could be acquired.
  if (offers_not_listed_ || at.capacity <= 0) return false;
  if (!offers_doubtful_ && offers_.is_complete()) return false;
  auto const pause = kBetweenLooks * (1 << std::min(look_failures_, kMostDoublings));
  return !looked_for_offers_at_ || at.now - *looked_for_offers_at_ >= pause;
}

ListenerAction ListenerMachine::look_for_offers(Moment at) {
  looked_for_offers_at_ = at.now;
  return enter(State::looking, Kind::look_for_offers);
}

/// What must be durable before a message is acknowledged.
std::vector<OpenOffer> ListenerMachine::offers_to_keep() const {
  // As long as it is not known whether the service lists its offers, it may not.
  return offers_listed_ ? std::vector<OpenOffer>() : offers_.open();
}

ListenerAction ListenerMachine::keep_offers() {
  auto action = enter(State::keeping, Kind::keep_offers);
  action.offers = offers_to_keep();
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
  action.id = *sequence_.unacknowledged();
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
  action.note = warning(
      "the service says that the scale set does not exist; looking for it by name, and "
      "creating it again if there is none");
  return action;
}

ListenerAction ListenerMachine::finish() { return enter(State::done, Kind::finished); }

ListenerAction ListenerMachine::wait(Next next, milliseconds delay,
                                     std::optional<ListenerNote> note) {
  next_ = next;
  auto action = enter(State::waiting, Kind::wait);
  action.delay = delay;
  if (note) action.note = std::move(note);
  return action;
}

ListenerAction ListenerMachine::wait_after(Next next, Error const& error, Wait range, int step) {
  auto delay = base::backoff_delay(range, step, *random_);
  if (error.retry_after) delay = std::max(delay, *error.retry_after);
  return wait(next, delay, warning(error.to_string() + "; trying again in " + in_seconds(delay)));
}

/// As wait_after(), for what may fail again and again. Only what is worth a line is a warning.
ListenerAction ListenerMachine::wait_told(Moment at, base::Outage& outage, Next next,
                                          Error const& error, Wait range, int step) {
  auto action = wait_after(next, error, range, step);
  if (!outage.failed(error, at.now)) action.note->level = LogLevel::debug;
  if (outage.failures() > 1)
    action.note->text += " (failure " + std::to_string(outage.failures()) + " in a row)";
  return action;
}

void ListenerMachine::service_answers(Moment at) {
  int const failures = outage_.failures();
  auto const lasted = outage_.worked(at.now);
  if (!lasted) return;
  recovered_ =
      ListenerNote(LogLevel::info, "the service answers again after " + base::in_words(*lasted) +
                                       " (failures: " + std::to_string(failures) + ")");
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
  session_open_ = false;
  ++sessions_without_answer_;
  auto action = reopen("session_lost");
  action.note =
      warning("the service no longer knows the session; opening another one: " + error.to_string());
  return action;
}

void ListenerMachine::poll_answered(Moment at) {
  service_answers(at);
  poll_failures_ = 0;
  useless_answers_ = 0;
  sessions_without_answer_ = 0;
  found_again_ = 0;
  // Nobody will be asked which offers are left.
  if (offers_not_listed_) acquire_refused_ = false;
  retries_may_resume();
}

void ListenerMachine::retries_may_resume() noexcept {
  acquire_paused_ = false;
  acknowledge_paused_ = false;
  keep_paused_ = false;
}

void ListenerMachine::know(Statistics const& statistics) {
  statistics_ = statistics;
  offers_.know(statistics);
}

}  // namespace scaleset::protocol
