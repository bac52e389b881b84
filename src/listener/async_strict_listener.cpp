#include <utility>

#include "client/guarded_task.hpp"
#include "listener/async_strict_driver.hpp"
#include "protocol/machines/strict_listener_machine.hpp"
#include "scaleset/async/strict_listener.hpp"

namespace scaleset::inline v0::async {
namespace {

namespace asio = boost::asio;
using listener::StrictReport;
using protocol::StrictAction;
using Kind = StrictAction::Kind;

constexpr auto kUsersCode = ErrorCode::backend;  // of what the Scaler throws

}  // namespace

/// Carries out the actions of StrictListenerMachine. It decides nothing.
struct StrictListener::Impl
    : listener::AsyncStrictDriver<protocol::StrictListenerMachine, StrictAction> {
  using AsyncStrictDriver::AsyncStrictDriver;

  Task<void> run(Scaler* scaler);
  asio::awaitable<StrictAction> perform(Scaler* scaler, StrictAction action);
  asio::awaitable<StrictAction> acquire(std::vector<RequestId> ids);
  asio::awaitable<StrictAction> job_started(Scaler* scaler, JobStarted job);
  asio::awaitable<StrictAction> job_completed(Scaler* scaler, JobCompleted job);
  asio::awaitable<StrictAction> desired_count(Scaler* scaler, StrictAction action);
};

StrictListener::StrictListener(asio::any_io_executor executor, MessageSource& source,
                               Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), source, std::move(options))) {}
StrictListener::~StrictListener() = default;

Task<void> StrictListener::run(Scaler& scaler) { return impl_->run(&scaler); }

void StrictListener::stop() { impl_->stop(); }

Result<void> StrictListener::set_max_runners(int max_runners) {
  return impl_->set_max_runners(max_runners);
}

Task<void> StrictListener::Impl::run(Scaler* scaler) {
  auto checked = StrictReport::check(options);
  if (!checked) co_return checked;
  StrictAction action = start();
  while (action.kind != Kind::finished) {
    report.before(action);
    // A name for the result first: see "g++ 12 and co_await" in HACKING.md.
    StrictAction next = co_await perform(scaler, std::move(action));
    action = std::move(next);
  }
  // There is always an error at the end, also after a stop.
  co_return std::unexpected(*std::move(action.error));
}

asio::awaitable<StrictAction> StrictListener::Impl::perform(Scaler* scaler, StrictAction action) {
  switch (action.kind) {
    case Kind::get_message: return get_message(action.id);
    case Kind::delete_message: return delete_message(action.id);
    case Kind::acquire: return acquire(std::move(action.ids));
    case Kind::job_started: return job_started(scaler, std::move(action.started));
    case Kind::job_completed: return job_completed(scaler, std::move(action.completed));
    case Kind::desired_count:
    case Kind::finished: break;
  }
  return desired_count(scaler, std::move(action));
}

asio::awaitable<StrictAction> StrictListener::Impl::acquire(std::vector<RequestId> ids) {
  auto const offered = static_cast<std::int64_t>(ids.size());
  auto acquired = co_await source.acquire_jobs(std::move(ids));
  if (!acquired) co_return machine.failed(acquired.error());
  report.acquired(offered, static_cast<std::int64_t>(acquired->size()));
  co_return machine.succeeded();
}

asio::awaitable<StrictAction> StrictListener::Impl::job_started(Scaler* scaler, JobStarted job) {
  auto const call = [scaler, &job] { return scaler->on_job_started(std::move(job)); };
  auto outcome = co_await client::guarded_task<void>(kUsersCode, "Scaler::on_job_started", call);
  co_return answered(outcome);
}

asio::awaitable<StrictAction> StrictListener::Impl::job_completed(Scaler* scaler,
                                                                  JobCompleted job) {
  auto const call = [scaler, &job] { return scaler->on_job_completed(std::move(job)); };
  auto outcome = co_await client::guarded_task<void>(kUsersCode, "Scaler::on_job_completed", call);
  co_return answered(outcome);
}

asio::awaitable<StrictAction> StrictListener::Impl::desired_count(Scaler* scaler,
                                                                  StrictAction action) {
  auto const call = [scaler, &action] {
    return scaler->on_desired_runner_count(action.assigned_jobs);
  };
  auto desired = co_await client::guarded_task<std::int64_t>(
      kUsersCode, "Scaler::on_desired_runner_count", call);
  if (!desired) co_return machine.failed(desired.error());
  report.desired(action, *desired);
  co_return machine.succeeded();
}

}  // namespace scaleset::inline v0::async
