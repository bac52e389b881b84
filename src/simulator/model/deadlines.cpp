#include "simulator/model/deadlines.hpp"

#include <algorithm>

namespace scaleset::simulator {
namespace {

using std::chrono::milliseconds;

void keep_earlier(std::optional<Timestamp>& earliest, std::optional<Timestamp> other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}

}  // namespace

std::optional<Timestamp> deadline(ModelOptions const& options, Job const& job) {
  std::optional<Timestamp> earliest;
  switch (job.state) {
    case JobState::completed: return std::nullopt;
    // It is ended by its lock, or by the runner's time to stop after a cancellation. It can no
    // longer be queued too long.
    case JobState::running:
      earliest = job.lock_until;
      keep_earlier(earliest, job.cancel_deadline);
      return earliest;
    case JobState::queued: earliest = job.not_before; break;
    case JobState::available: break;
    case JobState::acquired: earliest = job.since + options.acquire_to_assign; break;
    case JobState::assigned: earliest = job.since + options.assign_timeout; break;
  }
  // GitHub cancels what has been queued for a day, whether or not a scale set has it (protocol.md
  // 8).
  keep_earlier(earliest, job.facts.queue_time + options.queue_ttl);
  return earliest;
}

std::optional<Timestamp> batch_deadline(ModelOptions const& options, Queue const& queue) {
  if (queue.pending.empty()) return std::nullopt;
  return queue.pending_since + options.batch_window;
}

std::optional<Timestamp> session_deadline(ModelOptions const& options, ScaleSet const& set) {
  // A session does not expire while a poll is held, however long that takes (protocol.md 10.5).
  if (!set.session || set.session->polls > 0) return std::nullopt;
  // A session expires after more than session_ttl, not at it.
  return set.session->last_activity + options.session_ttl + milliseconds(1);
}

std::optional<Timestamp> dormancy_deadline(ModelOptions const& options, ScaleSet const& set) {
  if (set.session) return std::nullopt;
  return set.last_seen + options.dormant_after;
}

std::optional<Timestamp> contact_deadline(ModelOptions const& options, Runner const& runner) {
  // A registration that was never used, or no longer is. GitHub removes it after a day (protocol.md
  // 8).
  if (!runner.online && !runner.job) return runner.last_contact + options.never_online_ttl;
  // A busy runner shows that it lives by renewing its lock.
  if (runner.polls > 0 || runner.job) return std::nullopt;
  return runner.last_contact + options.runner_offline_after;
}

std::optional<Timestamp> redelivery_deadline(ModelOptions const& options, Runner const& runner) {
  if (!runner.offer || !runner.offer->delivered_at) return std::nullopt;
  return *runner.offer->delivered_at + options.runner_redelivery;
}

// All times that a deadline above is made of. One that is left out here would be noticed too late:
// see Model::changed_world().
milliseconds shortest_time(ModelOptions const& options) noexcept {
  return std::min({options.batch_window, options.acquire_to_assign, options.assign_timeout,
                   options.reassign_delay, options.lock_ttl, options.queue_ttl,
                   options.cancel_timeout, options.session_ttl, options.dormant_after,
                   options.never_online_ttl, options.runner_offline_after,
                   options.runner_redelivery, options.runner_linger});
}

std::optional<Timestamp> deadline(ModelOptions const& options, World const& world) {
  std::optional<Timestamp> earliest;
  for (auto const& [key, tenant] : world.tenants) {
    for (auto const& [id, job] : tenant.jobs) keep_earlier(earliest, deadline(options, job));
    for (auto const& [id, set] : tenant.scale_sets) {
      keep_earlier(earliest, batch_deadline(options, set.queue));
      keep_earlier(earliest, session_deadline(options, set));
      keep_earlier(earliest, dormancy_deadline(options, set));
    }
    for (auto const& [id, runner] : tenant.runners) {
      keep_earlier(earliest, contact_deadline(options, runner));
      keep_earlier(earliest, redelivery_deadline(options, runner));
    }
    for (auto const& [id, runner] : tenant.leaving) keep_earlier(earliest, runner.until);
  }
  return earliest;
}

}  // namespace scaleset::simulator
