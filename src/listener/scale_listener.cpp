#include "scaleset/scale_listener.hpp"

#include <utility>

#include "listener/strict_report.hpp"
#include "protocol/machines/scale_listener_machine.hpp"

namespace scaleset::inline v0 {
namespace {

using listener::StrictReport;
using protocol::ScaleAction;
using Kind = ScaleAction::Kind;

/// One run(): carries out the machine's actions.
class ScaleRun {
 public:
  ScaleRun(MessageSource& source, MessageScaler& scaler, std::stop_token stop,
           // Read anew for each poll, since set_max_runners() may be called by other threads.
           std::atomic<int> const& max_runners, StrictReport report)
      : source_(source),
        scaler_(scaler),
        stop_(std::move(stop)),
        max_runners_(max_runners),
        report_(std::move(report)) {}

  Result<void> run() {
    auto const initial = source_.statistics();
    report_.starting(initial);
    ScaleAction action = machine_.started(initial);
    while (action.kind != Kind::finished) action = perform(action);
    return std::unexpected(*std::move(action.error));
  }

 private:
  ScaleAction perform(ScaleAction const& action) {
    switch (action.kind) {
      case Kind::get_message: return get_message(action.id);
      case Kind::scale: return scale(action);
      case Kind::delete_message: return delete_message(action.id);
      case Kind::finished: break;
    }
    return action;
  }
  ScaleAction get_message(MessageId last) {
    report_.polling(last);
    auto received = source_.get_message(last, max_runners_, stop_);
    if (!received) return machine_.failed(std::move(received.error()));
    report_.received(*received);
    return machine_.received(*std::move(received));
  }
  ScaleAction scale(ScaleAction const& action) {
    if (action.message) report_.handing_over(*action.message);
    return done(scaler_.scale(action.message ? &*action.message : nullptr));
  }
  ScaleAction delete_message(MessageId id) {
    auto const deleted = source_.delete_message(id);
    if (deleted) report_.deleted();
    return done(deleted);
  }
  /// A stop interrupts only a poll, so it is looked for after every other action.
  ScaleAction done(Result<void> result) {
    if (!result) return machine_.failed(std::move(result.error()));
    if (stop_.stop_requested()) machine_.stop_requested();
    return machine_.succeeded();
  }

  MessageSource& source_;
  MessageScaler& scaler_;
  std::stop_token stop_;
  std::atomic<int> const& max_runners_;
  StrictReport report_;
  protocol::ScaleListenerMachine machine_;
};

}  // namespace

ScaleListener::ScaleListener(MessageSource& source, Options options)
    : source_(source), options_(std::move(options)), max_runners_(options_.max_runners) {}

Result<void> ScaleListener::run(MessageScaler& scaler, std::stop_token stop) {
  if (auto checked = StrictReport::check(options_); !checked) return checked;
  ScaleRun run(source_, scaler, std::move(stop), max_runners_, StrictReport(options_));
  return run.run();
}

Result<void> ScaleListener::set_max_runners(int max_runners) {
  auto checked = StrictReport::check_max_runners(max_runners);
  if (checked) max_runners_ = max_runners;
  return checked;
}

}  // namespace scaleset::inline v0
