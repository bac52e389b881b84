#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "client/guarded_task.hpp"
#include "listener/interruptible.hpp"
#include "listener/strict_report.hpp"
#include "protocol/machines/scale_listener_machine.hpp"
#include "scaleset/async/scale_listener.hpp"

namespace scaleset::inline v0::async {
namespace {

namespace asio = boost::asio;
using listener::StrictReport;
using protocol::ScaleAction;
using Kind = ScaleAction::Kind;
constexpr auto kUsersCode = ErrorCode::backend;  // of what the scaler throws

}  // namespace

/// Carries out the actions of ScaleListenerMachine. It decides nothing.
struct ScaleListener::Impl {
  Impl(asio::any_io_executor loop, MessageSource& the_source, Options the_options)
      : executor(std::move(loop)),
        source(the_source),
        options(std::move(the_options)),
        report(options) {}

  Task<void> run(MessageScaler* scaler);
  asio::awaitable<ScaleAction> perform(MessageScaler* scaler, ScaleAction action);
  asio::awaitable<ScaleAction> get_message(MessageId last);
  asio::awaitable<ScaleAction> scale(MessageScaler* scaler, ScaleAction action);
  asio::awaitable<ScaleAction> delete_message(MessageId id);

  asio::any_io_executor executor;
  MessageSource& source;
  Options options;
  StrictReport report;
  protocol::ScaleListenerMachine machine;
  asio::cancellation_signal poll;  // a stop interrupts nothing but a poll
};

ScaleListener::ScaleListener(asio::any_io_executor executor, MessageSource& source, Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), source, std::move(options))) {}
ScaleListener::~ScaleListener() = default;

Task<void> ScaleListener::run(MessageScaler& scaler) { return impl_->run(&scaler); }

void ScaleListener::stop() {
  // If no poll is under way, the machine ends the run once the message in hand is deleted.
  impl_->machine.stop_requested();
  impl_->poll.emit(asio::cancellation_type::terminal);
}

Result<void> ScaleListener::set_max_runners(int max_runners) {
  auto checked = StrictReport::check_max_runners(max_runners);
  if (checked) impl_->options.max_runners = max_runners;
  return checked;
}

Task<void> ScaleListener::Impl::run(MessageScaler* scaler) {
  auto checked = StrictReport::check(options);
  if (!checked) co_return checked;
  auto const initial = source.statistics();
  report.starting(initial);
  ScaleAction action = machine.started(initial);
  while (action.kind != Kind::finished) {
    // A name for the result first: see "g++ 12 and co_await" in HACKING.md.
    ScaleAction next = co_await perform(scaler, std::move(action));
    action = std::move(next);
  }
  // There is always an error at the end, also after a stop.
  co_return std::unexpected(*std::move(action.error));
}

asio::awaitable<ScaleAction> ScaleListener::Impl::perform(MessageScaler* scaler,
                                                          ScaleAction action) {
  switch (action.kind) {
    case Kind::get_message: return get_message(action.id);
    case Kind::delete_message: return delete_message(action.id);
    case Kind::scale:
    case Kind::finished: break;
  }
  return scale(scaler, std::move(action));
}

asio::awaitable<ScaleAction> ScaleListener::Impl::get_message(MessageId last) {
  report.polling(last);
  auto received = co_await listener::interruptible(
      executor, source.get_message(last, options.max_runners), poll.slot());
  if (!received) co_return machine.failed(received.error());
  report.received(*received);
  co_return machine.received(*std::move(received));
}

asio::awaitable<ScaleAction> ScaleListener::Impl::scale(MessageScaler* scaler, ScaleAction action) {
  if (action.message) report.handing_over(*action.message);
  auto const call = [scaler, &action] { return scaler->scale(std::move(action.message)); };
  auto scaled = co_await client::guarded_task<void>(kUsersCode, "MessageScaler::scale", call);
  if (!scaled) co_return machine.failed(scaled.error());
  co_return machine.succeeded();
}

asio::awaitable<ScaleAction> ScaleListener::Impl::delete_message(MessageId id) {
  auto deleted = co_await source.delete_message(id);
  if (!deleted) co_return machine.failed(deleted.error());
  report.deleted();
  co_return machine.succeeded();
}

}  // namespace scaleset::inline v0::async
