#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/error.hpp"

namespace scaleset::base {

/// Decides which failures are worth a line of the log while something is tried again and again: the
/// first of each kind, and otherwise one in a minute.
class Outage {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Counts a failure. True if it is to be told.
  bool failed(Error const& error, TimePoint now);
  /// It works again: how long it did not. No value if nothing had failed.
  std::optional<std::chrono::milliseconds> worked(TimePoint now);
  /// How many failures there were since it worked.
  [[nodiscard]] int failures() const noexcept { return failures_; }

 private:
  int failures_ = 0;
  TimePoint since_{};
  TimePoint told_at_{};
  std::vector<std::pair<ErrorCode, int>> told_;  // codes and statuses
};

/// "12 s", "3 min 12 s", "2 h 5 min": for a person.
[[nodiscard]] std::string in_words(std::chrono::milliseconds time);

}  // namespace scaleset::base
