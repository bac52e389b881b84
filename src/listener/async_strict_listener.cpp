#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "listener/interruptible.hpp"
#include "listener/strict_report.hpp"
#include "protocol/machines/strict_listener_machine.hpp"
#include "scaleset/async/strict_listener.hpp"

namespace scaleset::inline v0::async {
namespace {

namespace asio = boost::asio;
using listener::StrictReport;
using protocol::StrictAction;
using Kind = StrictAction::Kind;

}  // namespace

/// Carries out the actions of StrictListenerMachine. It decides nothing.
struct StrictListener::Impl {
  Impl(asio::any_io_executor loop, MessageSource& the_source, Options the_options)
      : executor(std::move(loop)),
        source(the_source),
        options(std::move(the_options)),
        report(options) {}

  Task<void> run(Scaler* scaler);
  asio::awaitable<StrictAction> perform(Scaler* scaler, StrictAction action);
  asio::awaitable<StrictAction> get_message(MessageId last);
  asio::awaitable<StrictAction> delete_message(MessageId id);
  asio::awaitable<StrictAction> acquire(std::vector<RequestId> ids);
  asio::awaitable<StrictAction> finish(Task<void> handling);
  asio::awaitable<StrictAction> desired_count(Scaler* scaler, StrictAction action);

  asio::any_io_executor executor;
  MessageSource& source;
  Options options;
  StrictReport report;
  protocol::StrictListenerMachine machine;
  asio::cancellation_signal poll;  // a stop interrupts nothing but a poll
};

StrictListener::StrictListener(asio::any_io_executor executor, MessageSource& source,
                               Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), source, std::move(options))) {}
StrictListener::~StrictListener() = default;

Task<void> StrictListener::run(Scaler& scaler) { return impl_->run(&scaler); }

void StrictListener::stop() {
  // If no poll is under way, the machine ends the run once the present message is handled.
  impl_->machine.stop_requested();
  // A message in hand is handled to its end, as GitHub's listener does (protocol.md 12.1).
  impl_->poll.emit(asio::cancellation_type::terminal);
}

Result<void> StrictListener::set_max_runners(int max_runners) {
  auto checked = StrictReport::check_max_runners(max_runners);
  if (checked) impl_->options.max_runners = max_runners;
  return checked;
}

Task<void> StrictListener::Impl::run(Scaler* scaler) {
  auto checked = StrictReport::check(options);
  if (!checked) co_return checked;
  auto const initial = source.statistics();
  report.starting(initial);
  StrictAction action = machine.started(initial);
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
    case Kind::job_started: return finish(scaler->on_job_started(std::move(action.started)));
    case Kind::job_completed: return finish(scaler->on_job_completed(std::move(action.completed)));
    case Kind::desired_count:
    case Kind::finished: break;
  }
  return desired_count(scaler, std::move(action));
}

asio::awaitable<StrictAction> StrictListener::Impl::get_message(MessageId last) {
  auto received = co_await listener::interruptible(
      executor, source.get_message(last, options.max_runners), poll.slot());
  if (!received) co_return machine.failed(received.error());
  report.received(*received);
  co_return machine.received(*std::move(received));
}

asio::awaitable<StrictAction> StrictListener::Impl::delete_message(MessageId id) {
  auto deleted = co_await source.delete_message(id);
  if (!deleted) co_return machine.failed(deleted.error());
  report.deleted();
  co_return machine.succeeded();
}

asio::awaitable<StrictAction> StrictListener::Impl::acquire(std::vector<RequestId> ids) {
  auto const offered = static_cast<std::int64_t>(ids.size());
  auto acquired = co_await source.acquire_jobs(std::move(ids));
  if (!acquired) co_return machine.failed(acquired.error());
  report.acquired(offered, static_cast<std::int64_t>(acquired->size()));
  co_return machine.succeeded();
}

/// Waits for a call of the Scaler and tells the machine how it went.
asio::awaitable<StrictAction> StrictListener::Impl::finish(Task<void> handling) {
  auto handled = co_await std::move(handling);
  if (!handled) co_return machine.failed(handled.error());
  co_return machine.succeeded();
}

asio::awaitable<StrictAction> StrictListener::Impl::desired_count(Scaler* scaler,
                                                                  StrictAction action) {
  auto desired = co_await scaler->on_desired_runner_count(action.assigned_jobs);
  if (!desired) co_return machine.failed(desired.error());
  report.desired(action, *desired);
  co_return machine.succeeded();
}

}  // namespace scaleset::inline v0::async
