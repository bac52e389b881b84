#include <utility>

#include "client/guarded_task.hpp"
#include "listener/async_strict_driver.hpp"
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
struct ScaleListener::Impl
    : listener::AsyncStrictDriver<protocol::ScaleListenerMachine, ScaleAction> {
  using AsyncStrictDriver::AsyncStrictDriver;

  Task<void> run(MessageScaler* scaler);
  asio::awaitable<ScaleAction> perform(MessageScaler* scaler, ScaleAction action);
  asio::awaitable<ScaleAction> scale(MessageScaler* scaler, ScaleAction action);
};

ScaleListener::ScaleListener(asio::any_io_executor executor, MessageSource& source, Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), source, std::move(options))) {}
ScaleListener::~ScaleListener() = default;

Task<void> ScaleListener::run(MessageScaler& scaler) { return impl_->run(&scaler); }

void ScaleListener::stop() { impl_->stop(); }

Result<void> ScaleListener::set_max_runners(int max_runners) {
  return impl_->set_max_runners(max_runners);
}

Task<void> ScaleListener::Impl::run(MessageScaler* scaler) {
  auto checked = StrictReport::check(options);
  if (!checked) co_return checked;
  ScaleAction action = start();
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

asio::awaitable<ScaleAction> ScaleListener::Impl::scale(MessageScaler* scaler, ScaleAction action) {
  if (action.message) report.handing_over(*action.message);
  auto const call = [scaler, &action] { return scaler->scale(std::move(action.message)); };
  auto scaled = co_await client::guarded_task<void>(kUsersCode, "MessageScaler::scale", call);
  co_return answered(scaled);
}

}  // namespace scaleset::inline v0::async
