#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/options.hpp"

namespace scaleset::fleet {

struct HeldJob {
  std::string runner;
  std::string id;   // of the job; empty if it is not known
  TimePoint until;  // when it is given up
};

/// Jobs whose runner has ended and whose completion the service has not reported yet. It still
/// counts them as assigned, for many minutes if the runner died, but no runner can serve them.
class HeldJobs {
 public:
  /// The job of this runner is held until then. Nothing happens if it is held already. `job` is the
  /// job's id; empty if it is not known.
  void hold(std::string runner, std::string job, TimePoint until);
  /// The service has reported the completion of a job. Whether it was held, by the name of its
  /// runner or by its id.
  bool complete(std::string_view runner, std::string_view job);
  /// The service has counted down this many jobs without a message. The oldest ones are released.
  void release(std::int64_t count);
  /// Releases those whose time is over, and says how many these were.
  int expire(TimePoint now);
  void clear() noexcept { jobs_.clear(); }

  /// Oldest first.
  [[nodiscard]] std::vector<HeldJob> const& jobs() const noexcept { return jobs_; }
  [[nodiscard]] int size() const noexcept { return static_cast<int>(jobs_.size()); }
  /// When the next one's time is over.
  [[nodiscard]] std::optional<TimePoint> next() const noexcept;

 private:
  std::vector<HeldJob> jobs_;
};

}  // namespace scaleset::fleet
