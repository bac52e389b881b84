#pragma once

#include <chrono>
#include <string>

#include "base/backoff.hpp"

namespace scaleset::fleet {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

/// What a person decides about one scale set's runners. Values are taken as they are; the daemon's
/// configuration checks them.
struct Options {
  /// So many idle runners are kept ready beyond the assigned jobs.
  int min_runners = 0;
  /// Never more useful runners than this. 0 parks the scale set.
  int max_runners = 10;
  /// Names are "<prefix>-<8 hex digits>", the prefix cut so that 64 characters suffice.
  std::string name_prefix = "runner";

  /// From the start of an instance to its registration; later it is lost and replaced (B2).
  Duration boot_deadline = std::chrono::minutes{5};
  /// A younger idle runner is never surplus (B3).
  Duration minimum_idle_age = std::chrono::seconds{60};
  /// An on-demand runner that is idle for longer is let go, and replaced if it is needed (B1).
  Duration max_idle = std::chrono::minutes{30};
  /// From a job's completion to the exit of its instance, before we look into it (B4).
  Duration finishing_grace = std::chrono::seconds{60};
  /// After a refused or failed removal.
  Duration removal_retry = std::chrono::seconds{30};
  /// Before a name is looked up whose JIT call was sent and failed: the service may not be done
  /// with it yet (A6: calls that failed after 10 s were seen).
  Duration lookup_delay = std::chrono::seconds{15};
  /// Between removal and stop: time for a late sign of a job to arrive (B3).
  Duration removal_settle = std::chrono::seconds{3};
  /// So long "job still running" is believed of a runner that has no instance any more (B10).
  Duration removal_limit = std::chrono::minutes{10};
  /// From the graceful stop of an instance to the forced one.
  Duration stop_grace = std::chrono::seconds{30};
  /// So long a job that ended here is not counted as assigned while its message is under way.
  Duration settlement = std::chrono::seconds{30};
  /// A call whose outcome nobody reported counts as failed after this.
  Duration answer_deadline = std::chrono::minutes{3};

  /// JIT configuration calls in flight (C1).
  int parallel_starts = 8;
  /// Removals of leftover registrations in flight (B10).
  int parallel_removals = 4;
  /// After so many straight failed starts, starting pauses and capacity is not advertised (B2).
  int breaker_threshold = 5;
  /// The pauses while the service, or starting, fails.
  base::BackoffOptions start_backoff{};
};

}  // namespace scaleset::fleet
