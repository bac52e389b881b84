#include "listener/strict_report.hpp"

#include "base/guarded_hooks.hpp"

namespace scaleset::listener {

using Kind = protocol::StrictAction::Kind;

StrictReport::StrictReport(StrictListener::Options const& options)
    : StrictReport(options.scale_set, base::guarded_hooks(options.hooks)) {}

StrictReport::StrictReport(ScaleSetId scale_set, Hooks const& hooks)
    : scale_set_(scale_set),
      metrics_(hooks.metrics ? hooks.metrics : std::make_shared<MetricsSink>()),
      log_(hooks.log, "listener") {}

Result<void> StrictReport::check(StrictListener::Options const& options) {
  if (options.scale_set.value == 0)
    return fail(ErrorCode::invalid_argument, "StrictListener::Options::scale_set is required");
  return check_max_runners(options.max_runners);
}

Result<void> StrictReport::check_max_runners(int max_runners) {
  if (max_runners < 0) return fail(ErrorCode::invalid_argument, "max_runners must not be negative");
  return {};
}

void StrictReport::starting(std::optional<Statistics> const& initial) const {
  // The words of GitHub's listener, for harnesses that wait for them (protocol.md 12.1).
  log_.info("Handling initial session statistics");
  measure(initial);
}

void StrictReport::before(protocol::StrictAction const& action) const {
  switch (action.kind) {
    case Kind::acquire:
      log_.info("Acquiring jobs", {{"count", static_cast<std::int64_t>(action.ids.size())}});
      break;
    // Before the Scaler is called, as GitHub's listener does: a job whose handling fails is
    // counted.
    case Kind::job_started: metrics_->on_job_started(scale_set_, action.started); break;
    case Kind::job_completed: metrics_->on_job_completed(scale_set_, action.completed); break;
    case Kind::get_message:
    case Kind::delete_message:
    case Kind::desired_count:
    case Kind::finished: break;
  }
}

void StrictReport::polling(MessageId last) const {
  log_.info("Getting next message", {{"last_message", last.value}});
}

void StrictReport::received(std::optional<Message> const& message) const {
  if (!message) return;
  metrics_->on_message_received(scale_set_, static_cast<std::int64_t>(message->jobs.size()));
  measure(message->statistics);
  for (auto const& job : message->jobs) {
    if (auto const* unknown = std::get_if<UnknownJobMessage>(&job))
      metrics_->on_unknown_job_message(scale_set_, *unknown);
  }
}

void StrictReport::handing_over(Message const& message) const {
  for (auto const& job : message.jobs) {
    if (auto const* started = std::get_if<JobStarted>(&job))
      metrics_->on_job_started(scale_set_, *started);
    if (auto const* completed = std::get_if<JobCompleted>(&job))
      metrics_->on_job_completed(scale_set_, *completed);
  }
}

void StrictReport::deleted() const { metrics_->on_message_acknowledged(scale_set_); }

void StrictReport::acquired(std::int64_t offered, std::int64_t acquired) const {
  log_.info("Jobs acquired", {{"count", acquired}});
  metrics_->on_jobs_acquired(scale_set_, offered, acquired);
}

void StrictReport::desired(protocol::StrictAction const& action, std::int64_t runners) const {
  // GitHub's listener does not measure the count that it asks for after an empty poll.
  if (action.measured) metrics_->on_desired_runners(scale_set_, runners);
}

void StrictReport::measure(std::optional<Statistics> const& statistics) const {
  if (statistics) metrics_->on_statistics(scale_set_, *statistics);
}

}  // namespace scaleset::listener
