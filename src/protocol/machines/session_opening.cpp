#include "protocol/machines/session_opening.hpp"

#include <algorithm>
#include <string>

namespace scaleset::protocol {

using std::chrono::milliseconds;

SessionOpening::SessionOpening(SessionOptions const& options, Steady start)
    : options_(options), start_(start) {}

std::optional<milliseconds> SessionOpening::on_failure(Error& error, Steady now,
                                                       RandomSource& random) {
  // A degraded service sometimes answers 200 with an empty messageQueueUrl (protocol.md E10); the
  // codec reports that as malformed_response.
  bool const without_queue = error.code == ErrorCode::malformed_response;
  if (!without_queue && error.code != ErrorCode::session_conflict) return std::nullopt;
  // A caller that asked for no re-creation gets such a session's error at once, unless it asked to
  // wait.
  if (without_queue && options_.recreate && !tried_again_) {
    tried_again_ = true;
    return milliseconds(0);
  }
  auto const waited = std::chrono::duration_cast<milliseconds>(now - start_);
  if (waited >= options_.wait_for_other) {
    // Somebody who did not want to wait gets the plain error.
    if (waited >= std::chrono::seconds(1)) {
      error.message += " (waited " +
                       std::to_string(std::chrono::round<std::chrono::seconds>(waited).count()) +
                       " s for it)";
    }
    return std::nullopt;
  }
  // At random, so that two processes that wait for the same scale set do not ask at the same
  // moments.
  milliseconds const step(5000 + static_cast<std::int64_t>(5000 * random.uniform()));
  return std::min(step, options_.wait_for_other - waited);
}

}  // namespace scaleset::protocol
