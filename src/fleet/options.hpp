#pragma once

#include <chrono>
#include <string>

#include "base/backoff.hpp"

namespace scaleset::fleet {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

/// The settings for the runners of one scale set. They are not checked here; the daemon checks its
/// configuration before it makes them.
struct Options {
  /// How many idle runners are kept ready besides those that the assigned jobs need.
  int min_runners = 0;
  /// The most useful runners (Counts::useful) there may be. With 0 the scale set is parked: it runs
  /// no jobs.
  int max_runners = 10;
  /// Runners are named "<prefix>-<8 hex digits>". The prefix is cut so that the name has at most 64
  /// characters.
  std::string name_prefix = "runner";

  /// How long a started instance may take to register. Then it counts as lost and is replaced (B2).
  Duration boot_deadline = std::chrono::minutes{5};
  /// How long a runner must have been idle before it can be surplus (B3).
  Duration minimum_idle_age = std::chrono::seconds{60};
  /// A runner beyond the minimum that has been idle for longer is removed, and replaced if it is
  /// needed (B1).
  Duration max_idle = std::chrono::minutes{30};
  /// How long an instance may take to exit after its job has completed, before we act (B4).
  Duration finishing_grace = std::chrono::seconds{60};
  /// The wait before a refused or failed removal is tried again.
  Duration removal_retry = std::chrono::seconds{30};
  /// The wait before a runner is looked up by name after its JIT call was sent and failed, because
  /// the service may still be working on the call (A6: calls that failed after 10 s were seen).
  Duration lookup_delay = std::chrono::seconds{15};
  /// The wait between the removal of a registration and the stop of its instance, in which a late
  /// sign of a job can still arrive (B3).
  Duration stop_delay = std::chrono::seconds{3};
  /// How long we believe the service that a job is still running on a runner that has no instance
  /// any more (B10).
  Duration removal_limit = std::chrono::minutes{10};
  /// How long an instance may take to exit after the graceful stop, before it is forced.
  Duration stop_grace = std::chrono::seconds{30};
  /// How long a job that ended here is left out of the assigned jobs while the message that says so
  /// has not arrived.
  Duration completion_wait = std::chrono::seconds{30};
  /// A call whose outcome was not reported counts as failed after this time.
  Duration answer_deadline = std::chrono::minutes{3};

  /// The most JIT configuration calls at the same time (C1).
  int parallel_starts = 8;
  /// The most removals of leftover registrations at the same time (B10).
  int parallel_removals = 4;
  /// After this many failed starts in a row, no runner is started for a while, and no capacity for
  /// new ones is advertised (B2).
  int breaker_threshold = 5;
  /// How long a runner must have been idle to show that runners start again. One that its service
  /// refuses, for its version for example, ends soon after it has registered (B9).
  Duration proof_time = std::chrono::minutes{1};
  /// How long the pauses are while the service, or the starting of runners, fails.
  base::BackoffOptions start_backoff{};
};

}  // namespace scaleset::fleet
