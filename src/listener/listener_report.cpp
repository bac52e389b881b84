#include "listener/listener_report.hpp"

namespace scaleset::listener {

ListenerReport::ListenerReport(Hooks const& hooks, ScaleSetId scale_set)
    : metrics_(hooks.metrics ? hooks.metrics : std::make_shared<MetricsSink>()),
      log_(hooks.log, "listener"),
      scale_set_(scale_set) {}

void ListenerReport::note(protocol::ListenerAction const& action) const {
  if (action.note) log_.write(action.note->level, action.note->text);
  if (action.sequence_restarted) metrics_->on_sequence_restarted(scale_set_);
}

void ListenerReport::previous_session_closed(Result<void> const& closed) const {
  if (closed || closed.error().code == ErrorCode::cancelled) return;
  std::string const text = closed.error().to_string();
  log_.warn(
      "could not close the session that an earlier process left behind; waiting for the service "
      "to drop it, which takes about 90 s",
      {{"error", text}});
}

void ListenerReport::opening(std::string const& reason) const {
  // The first session has no reason: nothing was lost.
  if (!reason.empty()) metrics_->on_session_recreated(scale_set_, reason);
}

void ListenerReport::opened(std::string const& session, std::string const& owner,
                            std::optional<Statistics> const& statistics) const {
  log_.info("session opened", {{"session", session}, {"owner", owner}});
  measure(statistics);
}

void ListenerReport::closed(std::string const& session, Result<void> const& closed) const {
  if (closed) {
    log_.info("session closed", {{"session", session}});
    return;
  }
  std::string const text = closed.error().to_string();
  log_.warn("the session could not be closed; the service drops it after about 90 s",
            {{"session", session}, {"error", text}});
}

void ListenerReport::received(std::optional<Message> const& message) const {
  if (!message) return;
  metrics_->on_message_received(scale_set_, static_cast<std::int64_t>(message->jobs.size()));
  measure(message->statistics);
}

void ListenerReport::looked_up(std::optional<Statistics> const& statistics) const {
  measure(statistics);
}

void ListenerReport::applied(Message const& message) const {
  for (auto const& job : message.jobs) {
    if (auto const* started = std::get_if<JobStarted>(&job)) {
      metrics_->on_job_started(scale_set_, *started);
    } else if (auto const* completed = std::get_if<JobCompleted>(&job)) {
      metrics_->on_job_completed(scale_set_, *completed);
    } else if (auto const* unknown = std::get_if<UnknownJobMessage>(&job)) {
      metrics_->on_unknown_job_message(scale_set_, *unknown);
    }
  }
}

void ListenerReport::idled(Result<void> const& idled) const {
  if (idled || idled.error().code == ErrorCode::cancelled) return;
  std::string const text = idled.error().to_string();
  log_.warn(
      "the handler failed after a poll without a message; it is called again after the next such "
      "poll",
      {{"error", text}});
}

void ListenerReport::quarantined(Result<void> const& set_aside) const {
  if (set_aside) metrics_->on_message_quarantined(scale_set_);
}

void ListenerReport::acquired(std::size_t offered, std::size_t acquired) const {
  metrics_->on_jobs_acquired(scale_set_, static_cast<std::int64_t>(offered),
                             static_cast<std::int64_t>(acquired));
}

void ListenerReport::acknowledged() const { metrics_->on_message_acknowledged(scale_set_); }

void ListenerReport::desired(std::int64_t runners) const {
  metrics_->on_desired_runners(scale_set_, runners);
}

void ListenerReport::users_code_failed(Error const& error) const {
  log_.error("a function of the listener's user failed", {{"error", error.message}});
}

void ListenerReport::measure(std::optional<Statistics> const& statistics) const {
  if (statistics) metrics_->on_statistics(scale_set_, *statistics);
}

}  // namespace scaleset::listener
