#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "scaleset/error.hpp"

namespace scaleset::daemon {

struct StartGateOptions {
  StartGateOptions() = default;
  double rate = 50;   // calls per second that are made in the long run
  int burst = 1000;   // calls that may be made at once after a quiet time
  int parallel = 32;  // calls under way
};

/// For the looking up and creating of scale sets: 64 at a time. A thousand at once would take
/// hundreds of megabytes, and be what a service is protected against.
[[nodiscard]] StartGateOptions enrolment_gate();

/// Decides when the scale sets of one credential may ask for JIT configurations. The service limits
/// calls by credential, so that one scale set that storms would keep all others from starting
/// runners (I3: 3,116 calls in a minute were seen). Scale sets take turns; within one the oldest
/// call comes first. Pure.
class StartGate {
 public:
  using Duration = std::chrono::steady_clock::duration;
  using TimePoint = std::chrono::steady_clock::time_point;
  using Ticket = std::uint64_t;

  StartGate(StartGateOptions options, TimePoint now);
  /// From now on it does with these. Calls under way go on.
  void configure(StartGateOptions options, TimePoint now);

  /// A scale set wants to make a call. admit() says when it may.
  Ticket join(std::int64_t set);
  /// It does not want to any more. Nothing happens if it was admitted.
  void leave(std::int64_t set, Ticket ticket);
  /// Those that may make their call now, each once.
  std::vector<Ticket> admit(TimePoint now);
  /// A call that was admitted has ended. `error` is null if it succeeded. True: the service wants
  /// fewer calls, and did not before. No call is made for as long as it says; then they are made
  /// half as often, and little by little as often as before.
  bool ended(Error const* error, TimePoint now);

  /// When admit() may have more to say although nothing else happens.
  [[nodiscard]] std::optional<TimePoint> next() const;
  /// How many calls per second there may be now.
  [[nodiscard]] double rate() const noexcept { return rate_; }
  [[nodiscard]] std::size_t waiting() const noexcept;

 private:
  void refill(TimePoint now);

  StartGateOptions options_;
  double rate_;
  double calls_;  // that may be made at once
  TimePoint filled_at_;
  TimePoint closed_until_;
  int under_way_ = 0;
  Ticket last_ = 0;
  std::map<std::int64_t, std::deque<Ticket>> waiting_;  // no set without a ticket
  std::deque<std::int64_t> turns_;                      // the sets of waiting_
};

}  // namespace scaleset::daemon
