#include "scaleset/scale_listener.hpp"

#include <utility>

#include "listener/strict_driver.hpp"
#include "protocol/machines/scale_listener_machine.hpp"

namespace scaleset::inline v0 {
namespace {

using listener::StrictReport;
using protocol::ScaleAction;
using Kind = ScaleAction::Kind;

/// One run(): carries out the machine's actions.
class ScaleRun : listener::StrictDriver<protocol::ScaleListenerMachine, ScaleAction> {
 public:
  ScaleRun(MessageSource& source, MessageScaler& scaler, std::stop_token stop,
           std::atomic<int> const& max_runners, StrictReport report)
      : StrictDriver(source, std::move(stop), max_runners, std::move(report)), scaler_(scaler) {}

  Result<void> run() {
    ScaleAction action = start();
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
  ScaleAction scale(ScaleAction const& action) {
    if (action.message) report_.handing_over(*action.message);
    return done(scaler_.scale(action.message ? &*action.message : nullptr));
  }

  MessageScaler& scaler_;
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
