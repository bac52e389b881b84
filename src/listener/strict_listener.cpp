#include "scaleset/strict_listener.hpp"

#include <utility>

#include "listener/strict_driver.hpp"
#include "protocol/machines/strict_listener_machine.hpp"

namespace scaleset::inline v0 {
namespace {

using listener::StrictReport;
using protocol::StrictAction;
using Kind = StrictAction::Kind;

/// One run(): carries out the machine's actions.
class StrictRun : listener::StrictDriver<protocol::StrictListenerMachine, StrictAction> {
 public:
  StrictRun(MessageSource& source, Scaler& scaler, std::stop_token stop,
            std::atomic<int> const& max_runners, StrictReport report)
      : StrictDriver(source, std::move(stop), max_runners, std::move(report)), scaler_(scaler) {}

  Result<void> run() {
    StrictAction action = start();
    while (action.kind != Kind::finished) {
      report_.before(action);
      action = perform(std::move(action));
    }
    return std::unexpected(*std::move(action.error));
  }

 private:
  StrictAction perform(StrictAction action) {
    switch (action.kind) {
      case Kind::get_message: return get_message(action.id);
      case Kind::delete_message: return delete_message(action.id);
      case Kind::acquire: return acquire(std::move(action.ids));
      case Kind::job_started: return done(scaler_.on_job_started(action.started));
      case Kind::job_completed: return done(scaler_.on_job_completed(action.completed));
      case Kind::desired_count: return desired_count(action);
      case Kind::finished: break;
    }
    return action;
  }
  StrictAction acquire(std::vector<RequestId> ids) {
    auto const offered = static_cast<std::int64_t>(ids.size());
    auto acquired = source_.acquire_jobs(std::move(ids));
    if (!acquired) return machine_.failed(std::move(acquired.error()));
    report_.acquired(offered, static_cast<std::int64_t>(acquired->size()));
    return done({});
  }
  StrictAction desired_count(StrictAction const& action) {
    auto desired = scaler_.on_desired_runner_count(action.assigned_jobs);
    if (!desired) return machine_.failed(std::move(desired.error()));
    report_.desired(action, *desired);
    return done({});
  }

  Scaler& scaler_;
};

}  // namespace

StrictListener::StrictListener(MessageSource& source, Options options)
    : source_(source), options_(std::move(options)), max_runners_(options_.max_runners) {}

Result<void> StrictListener::run(Scaler& scaler, std::stop_token stop) {
  if (auto checked = StrictReport::check(options_); !checked) return checked;
  StrictRun run(source_, scaler, std::move(stop), max_runners_, StrictReport(options_));
  return run.run();
}

Result<void> StrictListener::set_max_runners(int max_runners) {
  auto checked = StrictReport::check_max_runners(max_runners);
  if (checked) max_runners_ = max_runners;
  return checked;
}

}  // namespace scaleset::inline v0
