#include "protocol/machines/session_opening.hpp"

#include <algorithm>
#include <string>

namespace scaleset::protocol {

using std::chrono::milliseconds;

SessionOpening::SessionOpening(SessionOptions const& options, Steady start)
    : options_(options), start_(start) {}

std::optional<milliseconds> SessionOpening::on_failure(Error& error, Steady now,
                                                       RandomSource& random) {
  bool const without_queue = error.code == ErrorCode::malformed_response;
  if (!without_queue && error.code != ErrorCode::session_conflict) return std::nullopt;
  if (without_queue && options_.recreate && !tried_again_) {
    tried_again_ = true;
    return milliseconds(0);
  }
  auto const waited = std::chrono::duration_cast<milliseconds>(now - start_);
  if (waited >= options_.wait_for_other) {
    if (waited.count() > 0) {
      error.message += " (waited " +
                       std::to_string(std::chrono::round<std::chrono::seconds>(waited).count()) +
                       " s for it)";
    }
    return std::nullopt;
  }
  milliseconds const step(5000 + static_cast<std::int64_t>(5000 * random.uniform()));
  return std::min(step, options_.wait_for_other - waited);
}

}  // namespace scaleset::protocol
