#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace scaleset::simulator {

/// A call of the simulator's control API (front/control/) and when it is made.
struct TimedCall {
  TimedCall() = default;
  std::chrono::milliseconds at{0};  // since the simulator's start, by its clock
  std::string method;
  std::string path;
  std::string body;
  /// For a call that queues jobs: what they are called in this timeline. For a cancellation, whose
  /// path contains `{id}`: the name of the jobs to cancel, one call for each; jobs that are over
  /// are left alone.
  std::string name;
  std::string origin;  // for messages: "file.toml:12: event 3"
};

/// In the order in which they are made.
using Timeline = std::vector<TimedCall>;

/// Sorts by time; calls with the same time keep their order.
void sort_timeline(Timeline& timeline);

}  // namespace scaleset::simulator
