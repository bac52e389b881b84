#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/options.hpp"
#include "fleet/runner.hpp"

namespace scaleset::fleet {

/// Watches jobs that wait although runners are idle. First the runners are suspected, because they
/// may be deaf (I8). If their replacements get no job either, the service's number is wrong (A10).
/// Every change of the numbers of assigned and running jobs ends what was concluded, but not the
/// time that jobs have waited: on a busy scale set the numbers change all the time.
class GapWatch {
 public:
  /// The service has said these numbers. True if they have changed.
  bool report(std::int64_t assigned, std::int64_t running) noexcept;

  /// So many jobs wait now. A short time without any does not count, because the service takes a
  /// job back and assigns it again when a window is over.
  void waits(std::int64_t gap, TimePoint now) noexcept;

  /// The runner is about to get a job. If it had been passed over, the service is slow rather than
  /// the others deaf: then the time that jobs have waited starts anew. True if so.
  bool got_job(Runner const& runner, TimePoint now, Duration window) noexcept;

  /// The idle runners that are to be replaced now, if `gap` jobs wait: the oldest ones, one for
  /// each of these jobs, each job only once. They count as replaced from now on.
  [[nodiscard]] std::vector<std::string> suspects(std::int64_t gap, Runners const& runners,
                                                  TimePoint now, Duration window);
  /// Whether the replacements have been idle for as long, or there is nothing left to replace.
  [[nodiscard]] bool is_hopeless(Runners const& runners, TimePoint now,
                                 Duration window) const noexcept;
  /// No runner is replaced or started for these jobs until the numbers change.
  void give_up(std::int64_t gap) noexcept { phantom_ = gap; }
  /// How many jobs that was said of.
  [[nodiscard]] std::int64_t phantom() const noexcept { return phantom_; }
  /// When to ask again, if `gap` jobs wait. No value if nothing will change with time alone.
  [[nodiscard]] std::optional<TimePoint> next(std::int64_t gap, Runners const& runners,
                                              TimePoint now, Duration window) const noexcept;

 private:
  std::int64_t assigned_ = 0;
  std::int64_t running_ = 0;
  std::optional<TimePoint> waiting_since_;  // no value: no job waits
  std::optional<TimePoint> none_since_;     // while waiting: no job has waited since then
  std::int64_t phantom_ = 0;
  std::int64_t replaced_ = 0;          // how many runners were replaced since then
  std::optional<TimePoint> first_at_;  // when the first of them was
  TimePoint last_at_{};                // when the last of them was
};

}  // namespace scaleset::fleet
