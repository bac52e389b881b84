#include "protocol/session_machine.hpp"

#include <utility>

namespace scaleset::protocol {

SessionMachine::SessionMachine(SessionInfo opened) : session_(std::move(opened)) {}

SessionMachine::Answer SessionMachine::call_failed(Error const& error, std::uint64_t generation,
                                                   bool repeated) {
  if (error.code == ErrorCode::session_lost) lost_ = true;
  if (error.code != ErrorCode::message_queue_token_expired || repeated) return Answer::give_up;
  if (generation != generation_ && !lost_) return Answer::repeat;
  return want_refresh();
}

SessionMachine::Answer SessionMachine::want_refresh() {
  if (lost_) return Answer::give_up;
  if (refreshing_) return Answer::wait;
  refreshing_ = true;
  return Answer::refresh;
}

void SessionMachine::refreshed(SessionInfo answer) {
  refreshing_ = false;
  ++generation_;
  if (!answer.id.empty()) session_.id = std::move(answer.id);
  if (!answer.owner.empty()) session_.owner = std::move(answer.owner);
  if (!answer.queue.url.empty()) session_.queue.url = std::move(answer.queue.url);
  if (!answer.queue.token.empty()) session_.queue.token = std::move(answer.queue.token);
  if (answer.statistics) session_.statistics = answer.statistics;
}

void SessionMachine::refresh_failed(Error const& error) {
  refreshing_ = false;
  if (error.code == ErrorCode::session_lost) lost_ = true;
}

}  // namespace scaleset::protocol
