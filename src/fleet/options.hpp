#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/backoff.hpp"

namespace scaleset::fleet {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

/// The settings for the runners of one scale set. They are not checked here; the daemon checks its
/// configuration before it makes them.
struct Options {
  /// How many idle runners are kept ready besides those that the assigned jobs need (C6).
  int min_idle = 0;
  /// The same in proportion to the busy runners: the larger of the two numbers counts. The product
  /// is rounded up.
  double idle_factor = 0.0;
  /// The least useful runners (Counts::useful) there are, with or without jobs.
  int min_total = 0;
  /// The most useful runners there may be. With 0 no runner is started.
  int max_runners = 10;
  /// Runners are named "<prefix>-<8 hex digits>". The prefix is cut so that the name has at most 64
  /// characters.
  std::string name_prefix = "runner";

  /// How long the backend may take to prepare a start, for example to fetch an image. Then the
  /// start has failed.
  Duration prepare_deadline = std::chrono::minutes{15};
  /// How long a started instance may take to register. Then it counts as lost and is replaced (B2).
  Duration boot_deadline = std::chrono::minutes{5};
  /// How long a runner must have been idle before it can be surplus (B3).
  Duration minimum_idle_age = std::chrono::seconds{60};
  /// A runner that has been idle for longer is removed, and replaced if it is needed (B1).
  Duration max_idle = std::chrono::minutes{30};
  /// How long a job may run. Its runner is stopped then, after a warning (G5).
  std::optional<Duration> max_job;
  /// How old a runner may become, counted from when it was planned. Then it is removed if it is
  /// idle, and stopped after a warning if it is busy (G5).
  std::optional<Duration> max_age;
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
  /// How long a job whose runner has ended is left out of the assigned jobs, if neither a message
  /// nor the number of running jobs says that the service knows of the end.
  Duration held_limit = std::chrono::minutes{15};
  /// How long runners are kept for jobs that were cancelled before they had a runner, because the
  /// service may assign such a job again (C5).
  Duration requeue_window = std::chrono::minutes{10};
  /// A call whose outcome was not reported counts as failed after this time.
  Duration answer_deadline = std::chrono::minutes{3};

  /// The most JIT configuration calls at the same time (C1).
  int parallel_starts = 8;
  /// The most removals of leftover registrations at the same time (B10), and the most runners that
  /// are retired at the same time because they are not needed.
  int parallel_removals = 4;

  /// When the service is asked for the first time whether it still knows a runner: this long after
  /// the start of its instance (B1). Before that age no runner is ended on suspicion (B5).
  Duration watch_grace = std::chrono::minutes{2};
  /// How often it is asked after that.
  Duration watch_interval = std::chrono::seconds{60};
  /// How long after the first answer "not found" it is asked again, before that is believed (B5).
  Duration second_look = std::chrono::seconds{30};
  /// The most such look-ups at the same time.
  int parallel_look_ups = 4;
  /// A runner whose registration has been gone for so long is ended even if the backend cannot say
  /// whether it has a job.
  Duration gone_limit = std::chrono::minutes{10};
  /// Within this time the service gives a waiting job to an idle runner. A runner that has been
  /// idle for longer while jobs wait is suspect (I8).
  Duration assignment_window = std::chrono::minutes{5};
  /// How often a runner is tried while the service refuses the runners' version (B9).
  Duration park_probe = std::chrono::minutes{10};

  /// After this many failed starts in a row, no runner is started for a while, and no capacity for
  /// new ones is advertised (B2).
  int breaker_threshold = 5;
  /// How long a runner must have been idle to show that runners start again. One that its service
  /// refuses, for its version for example, ends soon after it has registered (B9).
  Duration proof_time = std::chrono::minutes{1};
  /// How long the pauses are while the service, or the starting of runners, fails.
  base::BackoffOptions start_backoff{};

  friend bool operator==(Options const&, Options const&) = default;
};

}  // namespace scaleset::fleet
