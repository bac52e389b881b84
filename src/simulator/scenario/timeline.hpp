#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace scaleset::simulator {

/// A call of the simulator's control API (front/control_api.hpp) and when it is made.
struct TimedCall {
  TimedCall() = default;
  std::chrono::milliseconds at{0};  // since the simulator's start, by its clock
  std::string method;
  std::string path;
  std::string body;
  /// A call that queues jobs: what they are called in this timeline. A cancellation, whose path
  /// holds `{id}`: the name of the jobs to cancel, one call each; those that are over are left.
  std::string name;
  std::string origin;  // where a person finds it: "file.toml:12: event 3"
};

/// In the order of playing.
using Timeline = std::vector<TimedCall>;

/// Ordered by time; what has the same time stays in its order.
void sort_timeline(Timeline& timeline);

}  // namespace scaleset::simulator
