#pragma once

#include <atomic>
#include <stop_token>

#include "scaleset/error.hpp"
#include "scaleset/message_source.hpp"
#include "scaleset/strict_listener.hpp"
#include "scaleset/types.hpp"

/// A listener with the contract of GitHub's Go package after v0.4.0 (protocol.md D.1): it hands
/// over whole messages and acquires nothing. Use Listener unless something depends on that
/// contract: ScaleListener ends at the first error.
namespace scaleset::inline v0 {

/// What the user of a ScaleListener implements. Called on the thread that called run(), never two
/// calls at a time.
class MessageScaler {
 public:
  virtual ~MessageScaler() = default;
  /// Does everything that the message asks for; to acquire jobs is this method's own business
  /// (MessageSource::acquire_jobs). The first call has a message without jobs, with the id -1 and
  /// the statistics that the session opened with. `message` is null after a poll that brought
  /// nothing. After an error the listener ends, and the message is not acknowledged.
  virtual Result<void> scale(Message const* message) = 0;
};

/// Polls, calls MessageScaler::scale() and deletes the message after success, until it is stopped
/// or something fails.
class ScaleListener {
 public:
  using Options = StrictListener::Options;  ///< the same as for the other contract
  /// The source must outlive the listener.
  ScaleListener(MessageSource& source, Options options);

  /// Runs until `stop` or the first error, so it never succeeds. Errors: cancelled after `stop` (a
  /// message already received is scaled and deleted first); invalid_argument for options that make
  /// no sense; malformed_response if the session came without statistics; otherwise the first error
  /// of the source or the scaler, its text preceded by what the listener was doing. The session
  /// stays open.
  Result<void> run(MessageScaler& scaler, std::stop_token stop);
  /// May be called from any thread. Takes effect at the next poll. Errors: invalid_argument (the
  /// number is negative).
  Result<void> set_max_runners(int max_runners);

 private:
  MessageSource& source_;
  Options options_;
  std::atomic<int> max_runners_;
};

}  // namespace scaleset::inline v0
