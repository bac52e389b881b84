#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "backends/process/runner_programs.hpp"

namespace scaleset::backends {

/// One look at all processes for all scale sets of this process: each asks once a minute, and a
/// look costs the same whoever asks for it (ADR 59).
class SharedLook {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Less than the minute after which a scale set asks again, so that one alone always gets a new
  /// look, and long enough that all the others share it.
  static constexpr std::chrono::seconds kOldest{55};
  struct Taken {
    TimePoint began;
    ProcessView processes;
    /// 0 if it began later.
    [[nodiscard]] std::chrono::milliseconds age_at(TimePoint time) const;
  };

  /// `oldest` is the age up to which a look is shared.
  explicit SharedLook(
      std::chrono::milliseconds oldest = kOldest,
      std::function<ProcessView()> look = look_at_processes,
      std::function<TimePoint()> now = [] { return std::chrono::steady_clock::now(); });

  /// On any thread.
  [[nodiscard]] TimePoint now() const { return now_(); }
  /// For whoever asks at `asked_at`: the last look if it is not too old then and began at
  /// `not_before` or later, else a new one. Blocks. All calls are on one thread.
  [[nodiscard]] std::shared_ptr<Taken const> get(TimePoint asked_at, TimePoint not_before);

 private:
  std::chrono::milliseconds oldest_;
  std::function<ProcessView()> look_;
  std::function<TimePoint()> now_;
  std::shared_ptr<Taken const> last_;  // null: there was none yet
};

}  // namespace scaleset::backends
