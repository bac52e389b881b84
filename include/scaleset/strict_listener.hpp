#pragma once

#include <atomic>
#include <stop_token>

#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/listener.hpp"
#include "scaleset/message_source.hpp"

/// A listener that behaves exactly as the one of GitHub's Go package (protocol.md 12.1). Use
/// Listener unless something depends on that behaviour: StrictListener ends at the first error, and
/// deletes a message before it is handled, so that a crash in between loses it (W-3).
namespace scaleset::inline v0 {

/// Handles each message in this order: it deletes the message, acquires every job that the message
/// offers, tells the Scaler of started jobs and then of completed ones, and asks it for the desired
/// count. After a poll without a message it only asks for the count.
class StrictListener {
 public:
  /// Checked by run(): `scale_set` must not be 0, `max_runners` not negative.
  struct Options {
    Options() = default;
    ScaleSetId scale_set;  // labels the metrics
    /// The total number of runners the scale set can have, busy ones included, sent with each poll.
    /// With 0 the service assigns no job.
    int max_runners = 0;
    Hooks hooks;  // only log and metrics are used
  };
  /// The source must outlive the listener.
  StrictListener(MessageSource& source, Options options);

  /// Runs until `stop` or the first error, so it never succeeds. Errors: cancelled after `stop` (a
  /// message already received is handled to its end first); invalid_argument for options that make
  /// no sense; otherwise the first error of the source or the Scaler, its text preceded by what the
  /// listener was doing. The session stays open.
  Result<void> run(Scaler& scaler, std::stop_token stop);
  /// May be called from any thread. Takes effect at the next poll. Errors: invalid_argument (the
  /// number is negative).
  Result<void> set_max_runners(int max_runners);

 private:
  MessageSource& source_;
  Options options_;
  std::atomic<int> max_runners_;
};

}  // namespace scaleset::inline v0
