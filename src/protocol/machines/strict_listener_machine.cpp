#include "protocol/machines/strict_listener_machine.hpp"

#include <utility>

namespace scaleset::protocol {

using Kind = StrictAction::Kind;

StrictAction StrictListenerMachine::started(std::optional<Statistics> const& initial) {
  if (!initial)
    return finished(Error(ErrorCode::malformed_response, "the session came without statistics"));
  assigned_jobs_ = initial->assigned_jobs;
  plan_desired_count(true, "handling initial message failed: ");
  return next();
}

StrictAction StrictListenerMachine::received(std::optional<Message> message) {
  if (message) {
    plan(*std::move(message));
  } else {
    // GitHub's listener asks for the count after an empty poll as well, but does not measure the
    // answer.
    plan_desired_count(false, "handling nil message failed: ");
  }
  return next();
}

StrictAction StrictListenerMachine::succeeded() { return next(); }

StrictAction StrictListenerMachine::failed(Error error) {
  error.message = failure_ + error.message;
  return finished(std::move(error));
}

/// Plans everything that one message causes, in the order of GitHub's listener (protocol.md 12.1):
/// the message is deleted first, and all started jobs are reported before any completed one,
/// whatever their order in the message. JobAssigned entries are not passed on.
void StrictListenerMachine::plan(Message message) {
  // The cursor moves on before the message is handled, as the original's does. A failure ends the
  // loop anyway, so the message is not asked for again.
  last_ = message.id;
  if (message.statistics) assigned_jobs_ = message.statistics->assigned_jobs;
  add(Kind::delete_message, "failed to handle message: failed to delete message: ").id = message.id;

  std::vector<RequestId> offered;
  for (auto const& job : message.jobs) {
    if (auto const* available = std::get_if<JobAvailable>(&job))
      offered.push_back(available->job.request);
  }
  if (!offered.empty()) {
    auto& action = add(Kind::acquire,
                       "failed to handle message: failed to acquire available jobs: acquiring "
                       "jobs: ");
    action.ids = std::move(offered);
  }
  for (auto& job : message.jobs) {
    if (auto* started = std::get_if<JobStarted>(&job)) {
      add(Kind::job_started, "failed to handle message: failed to handle job started: ").started =
          std::move(*started);
    }
  }
  for (auto& job : message.jobs) {
    if (auto* completed = std::get_if<JobCompleted>(&job)) {
      add(Kind::job_completed, "failed to handle message: failed to handle job completed: ")
          .completed = std::move(*completed);
    }
  }
  plan_desired_count(true, "failed to handle message: failed to handle desired runner count: ");
}

void StrictListenerMachine::plan_desired_count(bool measured, std::string failure) {
  auto& action = add(Kind::desired_count, std::move(failure));
  action.assigned_jobs = assigned_jobs_;
  action.measured = measured;
}

StrictAction& StrictListenerMachine::add(Kind kind, std::string failure) {
  auto& action = plan_.emplace_back();
  action.kind = kind;
  action.failure = std::move(failure);
  return action;
}

StrictAction StrictListenerMachine::next() {
  StrictAction action;
  if (!plan_.empty()) {
    action = std::move(plan_.front());
    plan_.pop_front();
    // Only here, with an empty plan: a message that was received is handled to its end.
  } else if (stopping_) {
    return finished(Error(ErrorCode::cancelled, "the listener was asked to stop"));
  } else {
    action.kind = Kind::get_message;
    action.id = last_;
    action.failure = "failed to get message: ";
  }
  // Kept for failed(), which is told the error but not the action that it belongs to.
  failure_ = action.failure;
  return action;
}

StrictAction StrictListenerMachine::finished(Error error) {
  StrictAction action;
  action.kind = Kind::finished;
  action.error = std::move(error);
  return action;
}

}  // namespace scaleset::protocol
