#include "protocol/machines/scale_listener_machine.hpp"

#include <utility>

namespace scaleset::protocol {
namespace {

using Kind = ScaleAction::Kind;

ScaleAction finished(Error error) {
  ScaleAction action;
  action.error = std::move(error);
  return action;
}

char const* what_failed(Kind kind) {
  switch (kind) {
    case Kind::get_message: return "failed to get message: ";
    case Kind::scale: return "failed to scale: ";
    case Kind::delete_message: return "failed to delete message: ";
    case Kind::finished: break;
  }
  return "";
}

}  // namespace

ScaleAction ScaleListenerMachine::started(std::optional<Statistics> const& initial) {
  if (!initial)
    return finished(Error(ErrorCode::malformed_response, "the session came without statistics"));
  Message opening;
  opening.id = MessageId{-1};
  opening.statistics = initial;
  return scale(std::move(opening));
}

ScaleAction ScaleListenerMachine::received(std::optional<Message> message) {
  if (message) in_hand_ = message->id;
  return scale(std::move(message));
}

ScaleAction ScaleListenerMachine::succeeded() {
  if (under_way_ == Kind::scale && in_hand_) {
    ScaleAction action;
    action.kind = under_way_ = Kind::delete_message;
    action.id = *in_hand_;
    return action;
  }
  // The cursor moves only here: a message counts as read when it has been deleted.
  if (in_hand_) cursor_ = *std::exchange(in_hand_, std::nullopt);
  return poll();
}

ScaleAction ScaleListenerMachine::failed(Error error) const {
  error.message.insert(0, what_failed(under_way_));
  return finished(std::move(error));
}

ScaleAction ScaleListenerMachine::scale(std::optional<Message> message) {
  ScaleAction action;
  action.kind = under_way_ = Kind::scale;
  action.message = std::move(message);
  return action;
}

ScaleAction ScaleListenerMachine::poll() {
  if (stopping_) return finished(Error(ErrorCode::cancelled, "the listener was asked to stop"));
  ScaleAction action;
  action.kind = under_way_ = Kind::get_message;
  action.id = cursor_;
  return action;
}

}  // namespace scaleset::protocol
