#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/owner_key.hpp"
#include "daemon/readiness.hpp"
#include "fleet/fleet.hpp"
#include "fleet/schedule.hpp"
#include "scaleset/types.hpp"

namespace scaleset::daemon {

enum class Phase : std::uint8_t {
  starting,   // takes over what an earlier process left
  enrolling,  // looks for the scale set at the service, or waits until it can be reached
  serving,    // listens, and starts runners
  draining,   // waits for its runners to end
  ended,
};
/// Lower case, for logs and reports. It never changes.
[[nodiscard]] std::string_view to_string(Phase phase) noexcept;

/// What has failed without a success since.
struct SetProblem {
  SetProblem() = default;
  SetProblem(std::string what, fleet::TimePoint begin, int count)
      : text(std::move(what)), since(begin), failures(count) {}
  std::string text;
  fleet::TimePoint since{};
  int failures = 0;
};

/// What is known about one scale set at one moment. A value, for whoever reports.
struct SetSnapshot {
  SetSnapshot() = default;
  base::OwnerKey owner;
  ScaleSetId id;
  Phase phase = Phase::starting;
  bool tried = false;  // the service was asked for it, whatever it answered
  bool ready = false;  // it can run jobs, as far as is known
  Readiness readiness = Readiness::starting;
  std::string reason;                     // why it is not ready, in one sentence
  std::optional<fleet::TimePoint> since;  // it has not been; no value: not known
  std::string warning;        // what will keep it from running jobs if nobody acts; or empty
  std::optional<int> target;  // see Fleet::target()
  int capacity = 0;           // as it is advertised; 0 without a session
  std::string budget;         // its name; empty: none
  std::optional<fleet::Share> share;  // of the budget; no value: not known
  int held = 0;                       // see Fleet::held()
  int phantom = 0;                    // see Fleet::phantom()
  int min_idle = 0;
  int max_runners = 0;
  std::optional<fleet::InForce> schedule;  // no value: it has none
  fleet::Suspension suspension = fleet::Suspension::none;
  std::optional<Statistics> statistics;  // what the service said last
  std::vector<SetProblem> problems;
  fleet::Counts counts;
  fleet::Totals totals;
  fleet::Runners runners;
};

struct Snapshot {
  Snapshot() = default;
  std::vector<SetSnapshot> sets;
  std::vector<std::string> problems;  // of the process: one line each, which names what is wrong
};

}  // namespace scaleset::daemon
