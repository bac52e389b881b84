#include "protocol/machines/session_machine.hpp"

#include <utility>

namespace scaleset::protocol {

SessionMachine::SessionMachine(SessionInfo opened, bool recreate)
    : session_(std::move(opened)), recreate_(recreate) {}

SessionMachine::Answer SessionMachine::before_call() {
  if (closed_) return Answer::closed;
  return lost_ && recreate_ ? renewal() : Answer::repeat;
}

SessionMachine::Answer SessionMachine::call_failed(Error const& error, std::uint64_t generation,
                                                   Tried& tried) {
  bool const lost = error.code == ErrorCode::session_lost;
  if (error.code == ErrorCode::scale_set_not_found) set_gone_ = true;
  if (!lost && error.code != ErrorCode::message_queue_token_expired) return Answer::give_up;
  // An error that an older token or session met says nothing about the present one.
  bool const outdated = generation != generation_;
  // Even without re-creation: the calls that follow must not refresh a session that is gone.
  if (lost && !outdated) lose(error);
  if (lost && !recreate_) return Answer::give_up;
  // Each remedy once for each call. Otherwise a service that refuses every new token, or loses
  // every new session, would keep the call busy for ever.
  if (std::exchange(lost ? tried.recreate : tried.refresh, true)) return Answer::give_up;
  // Another call has already renewed what this one used, so it only has to repeat.
  return outdated && !lost_ ? Answer::repeat : renewal();
}

SessionMachine::Answer SessionMachine::want_refresh() {
  return closed_ ? Answer::closed : renewal();
}

SessionMachine::Answer SessionMachine::renewal() {
  if (renewing_) return Answer::wait;
  if (lost_ && !recreate_) return Answer::give_up;
  renewing_ = true;
  failure_.reset();
  return lost_ ? Answer::recreate : Answer::refresh;
}

SessionMachine::Answer SessionMachine::outcome(std::uint64_t generation) {
  // The renewal that this call waited for has succeeded.
  if (generation != generation_) return Answer::repeat;
  if (renewing_) return Answer::wait;
  // No failure although there is no new token: the renewal was cancelled, so this call takes over.
  return failure_ ? Answer::give_up : renewal();
}

void SessionMachine::lose(Error const& error) {
  lost_ = true;
  lost_because_ = std::make_unique<Error>(error);
}

void SessionMachine::refreshed(SessionInfo answer) {
  renewing_ = false;
  lost_ = false;  // even if another call was told meanwhile that the session is lost
  ++generation_;
  // GitHub's client replaces the whole session, and loses every field that the answer leaves out
  // (W-9).
  if (!answer.id.empty()) session_.id = std::move(answer.id);
  if (!answer.owner.empty()) session_.owner = std::move(answer.owner);
  if (!answer.queue.url.empty()) session_.queue.url = std::move(answer.queue.url);
  if (!answer.queue.token.empty()) session_.queue.token = std::move(answer.queue.token);
  if (answer.statistics) session_.statistics = answer.statistics;
}

SessionMachine::Answer SessionMachine::refresh_failed(Error const& error) {
  if (error.code == ErrorCode::scale_set_not_found) set_gone_ = true;
  if (error.code == ErrorCode::session_lost) {
    lose(error);
    // renewing_ stays set: the same caller goes on to open the session anew, and the others keep
    // waiting.
    if (recreate_) return Answer::recreate;
  }
  renewing_ = false;
  if (error.code != ErrorCode::cancelled) failure_ = std::make_unique<Error>(error);
  return Answer::give_up;
}

void SessionMachine::recreated(SessionInfo opened) {
  session_ = std::move(opened);
  renewing_ = false;
  lost_ = false;
  // Until the new session has delivered something: see poll_from().
  fresh_ = true;
  ++generation_;
  recreated_at_ = generation_;
  ++times_recreated_;
}

void SessionMachine::recreate_failed(Error const& error) {
  renewing_ = false;
  if (error.code != ErrorCode::cancelled) failure_ = std::make_unique<Error>(error);
}

MessageId SessionMachine::poll_from(MessageId last) const noexcept {
  // The caller's cursor comes from the lost session. Messages that were not deleted survive it
  // (protocol.md 10.4), so the first poll starts at 0 rather than skip any.
  return fresh_ ? MessageId{} : last;
}

void SessionMachine::delivered(std::uint64_t generation) noexcept {
  // A message that an earlier session's poll brings late proves nothing about the new session.
  if (generation >= recreated_at_) fresh_ = false;
  set_gone_ = false;
}

}  // namespace scaleset::protocol
