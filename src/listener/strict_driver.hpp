#pragma once

#include <atomic>
#include <stop_token>
#include <utility>

#include "listener/strict_report.hpp"
#include "scaleset/message_source.hpp"

namespace scaleset::listener {

/// What StrictListener and ScaleListener do alike: the actions of their machines that concern the
/// source, and the stop. For one run().
template <class Machine, class Action>
class StrictDriver {
 protected:
  StrictDriver(MessageSource& source, std::stop_token stop,
               // Read anew for each poll, since set_max_runners() may be called by other threads.
               std::atomic<int> const& max_runners, StrictReport report)
      : source_(source),
        report_(std::move(report)),
        stop_(std::move(stop)),
        max_runners_(max_runners) {}

  Action start() {
    auto const initial = source_.statistics();
    report_.starting(initial);
    return machine_.started(initial);
  }
  Action get_message(MessageId last) {
    report_.polling(last);
    auto received = source_.get_message(last, max_runners_, stop_);
    if (!received) return machine_.failed(std::move(received.error()));
    report_.received(*received);
    // The machine must know of the stop before it decides what follows the message.
    look_for_stop();
    return machine_.received(*std::move(received));
  }
  Action delete_message(MessageId id) {
    auto const deleted = source_.delete_message(id);
    if (deleted) report_.deleted();
    return done(deleted);
  }
  /// A stop interrupts only a poll, so it is looked for after every other action as well.
  Action done(Result<void> result) {
    if (!result) return machine_.failed(std::move(result.error()));
    look_for_stop();
    return machine_.succeeded();
  }

  MessageSource& source_;
  StrictReport report_;
  Machine machine_;

 private:
  void look_for_stop() {
    if (stop_.stop_requested()) machine_.stop_requested();
  }

  std::stop_token stop_;
  std::atomic<int> const& max_runners_;
};

}  // namespace scaleset::listener
