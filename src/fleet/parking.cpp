#include "fleet/parking.hpp"

#include <utility>

namespace scaleset::fleet {

bool Parking::refuse(std::string const& version, TimePoint probe_at) {
  bool const first = !is_parked();
  std::string const which =
      version.empty() ? "the runner's version" : "version " + version + " of the runner";
  reason_ = "the service refuses " + which + ": install a newer release of actions/runner";
  // Runners that were under way when the first one was refused do not put the next try off.
  if (first) probe_at_ = probe_at;
  return first;
}

bool Parking::accept() noexcept {
  reason_.reset();
  return std::exchange(probe_at_, std::nullopt).has_value();
}

}  // namespace scaleset::fleet
