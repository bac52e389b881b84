#include "fleet/gate.hpp"

#include <algorithm>

namespace scaleset::fleet {
namespace {

std::optional<TimePoint> suspicion_opens(Runner const& runner, Options const& options) noexcept {
  TimePoint const opens = runner.started_at.value_or(runner.planned_at) + options.watch_grace;
  if (runner.activity == Activity::idle) return opens;
  // A backend that cannot say whether there is a job may hide one. Only a registration that has
  // been gone for long outweighs that: a job cannot go on without one.
  if (!runner.watch.gone_since) return std::nullopt;
  return std::max(opens, *runner.watch.gone_since + options.gone_limit);
}

}  // namespace

std::optional<TimePoint> gate_opens(Purpose purpose, Runner const& runner,
                                    Options const& options) noexcept {
  if (runner.evidence == LocalEvidence::busy || runner.activity == Activity::busy)
    return std::nullopt;
  switch (purpose) {
    case Purpose::safe: break;
    case Purpose::surplus: return runner.idle_since + options.minimum_idle_age;
    case Purpose::suspect: return suspicion_opens(runner, options);
    case Purpose::zombie:
      if (!runner.watch.gone_since) return std::nullopt;
      return suspicion_opens(runner, options);
  }
  return TimePoint::min();
}

}  // namespace scaleset::fleet
