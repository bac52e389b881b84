#include <boost/asio/cancellation_signal.hpp>
#include <stdexcept>
#include <utility>

#include "base/guarded_hooks.hpp"
#include "base/loop_timer.hpp"
#include "client/guarded_task.hpp"
#include "listener/interruptible.hpp"
#include "listener/listener_report.hpp"
#include "listener/refused_offers.hpp"
#include "protocol/machines/listener_machine.hpp"
#include "scaleset/async/listener.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::inline v0::async {
namespace {

namespace asio = boost::asio;
using protocol::ListenerAction;
using Kind = ListenerAction::Kind;

// The longest that the end of run() waits for the service to close the session.
// Worth a wait, because a session that is not closed is in the way of the next
// one for about 90 s (protocol.md 10.5). But a stop must not hang on a dead service.
constexpr std::chrono::seconds kCloseBudget{10};
constexpr auto kUsersCode = ErrorCode::backend;  // of what the handler throws

/// Gives sleep_for() the type that interruptible() takes.
Task<void> slept(std::chrono::milliseconds delay) {
  bool const whole = co_await sleep_for(delay);
  if (!whole) co_return fail(ErrorCode::cancelled, "the wait was interrupted");
  co_return Result<void>();
}

}  // namespace

/// Carries out the machine's actions.
struct Listener::Impl {
  Impl(asio::any_io_executor loop, std::unique_ptr<SessionSource> own_source,
       SessionSource& the_source, ListenerHandler& the_handler, Options the_options)
      : executor(std::move(loop)),
        owned_source(std::move(own_source)),
        source(the_source),
        handler(the_handler),
        options(std::move(the_options)),
        hooks(base::guarded_hooks(options.hooks)),
        report(hooks, options.scale_set),
        machine(hooks.random) {}

  Task<void> run();
  asio::awaitable<ListenerAction> perform(ListenerAction action);
  asio::awaitable<ListenerAction> open(std::string reason);
  asio::awaitable<ListenerAction> poll(MessageId last, int capacity);
  asio::awaitable<ListenerAction> check_statistics();
  asio::awaitable<ListenerAction> apply(Message message);
  asio::awaitable<ListenerAction> quarantine(Message message);
  asio::awaitable<ListenerAction> look_for_offers();
  asio::awaitable<ListenerAction> keep_offers(std::vector<OpenOffer> offers);
  asio::awaitable<ListenerAction> acquire(std::vector<RequestId> ids);
  asio::awaitable<ListenerAction> acknowledge(MessageId id);
  asio::awaitable<ListenerAction> wait(std::chrono::milliseconds delay);
  asio::awaitable<ListenerAction> close();
  asio::awaitable<ListenerAction> replace();

  template <class Jobs>
  Result<std::vector<RequestId>> refused_of(Jobs const& jobs);
  [[nodiscard]] protocol::Moment at();
  void interrupt(ListenerAction const& answer);
  void tell_session(std::string const& id) const;

  asio::any_io_executor executor;
  std::unique_ptr<SessionSource> owned_source;  // null if the caller passed a source
  SessionSource& source;
  ListenerHandler& handler;
  Options options;
  Hooks hooks;
  listener::ListenerReport report;
  protocol::ListenerMachine machine;
  int last_capacity = 0;  // what the handler last said
  asio::cancellation_signal
      under_way;  // interrupts the action under way; see ListenerAction::cancel
};

Listener::Listener(asio::any_io_executor executor, Client& client, ListenerHandler& handler,
                   Options options) {
  auto source = make_session_source(client);
  SessionSource& its = *source;
  impl_ = std::make_unique<Impl>(std::move(executor), std::move(source), its, handler,
                                 std::move(options));
}
Listener::Listener(asio::any_io_executor executor, SessionSource& source, ListenerHandler& handler,
                   Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), nullptr, source, handler,
                                   std::move(options))) {}
Listener::~Listener() = default;

Task<void> Listener::run() { return impl_->run(); }
void Listener::stop() { impl_->interrupt(impl_->machine.stop_requested()); }
void Listener::capacity_changed() {
  impl_->interrupt(impl_->machine.capacity_changed(impl_->at()));
}

void Listener::retry_now() { impl_->interrupt(impl_->machine.retry_now()); }

protocol::Moment Listener::Impl::at() {
  auto const capacity = base::guarded(kUsersCode, "ListenerHandler::capacity",
                                      [this] { return Result<int>(handler.capacity()); });
  if (capacity) {
    last_capacity = *capacity;
  } else {
    report.users_code_failed(capacity.error());
  }
  return {hooks.clock->now().steady, last_capacity};
}

void Listener::Impl::tell_session(std::string const& id) const {
  if (!options.on_session) return;
  auto const told = base::guarded(kUsersCode, "Listener::Options::on_session", [&] {
    options.on_session(id);
    return Result<void>();
  });
  if (!told) report.users_code_failed(told.error());
}

void Listener::Impl::interrupt(ListenerAction const& answer) {
  report.note(answer);
  // The action then ends with `cancelled`, and its coroutine tells the machine as usual. Nothing is
  // decided here.
  if (answer.kind == Kind::cancel) under_way.emit(asio::cancellation_type::terminal);
}

Task<void> Listener::Impl::run() {
  // The service allows one session per scale set, so a session that an earlier process left open
  // must be closed before a new one can be opened.
  if (options.previous_session) {
    auto closed = co_await source.close_left_behind(options.scale_set, *options.previous_session);
    report.previous_session_closed(closed);
  }
  ListenerAction action = machine.started(at(), options.offers);
  while (action.kind != Kind::finished && action.kind != Kind::give_up) {
    report.note(action);
    // A name for the result first: see "g++ 12 and co_await" in HACKING.md.
    ListenerAction next = co_await perform(std::move(action));
    action = std::move(next);
  }
  report.note(action);
  if (action.error) co_return std::unexpected(*action.error);
  co_return Result<void>();
}

/// Starts the coroutine of the action. It ends by telling the machine what happened, and returns
/// the machine's answer: the next action.
asio::awaitable<ListenerAction> Listener::Impl::perform(ListenerAction action) {
  switch (action.kind) {
    case Kind::open_session: return open(std::move(action.reason));
    case Kind::poll: return poll(action.id, action.capacity);
    case Kind::check_statistics: return check_statistics();
    case Kind::apply: return apply(std::move(action.message));
    case Kind::quarantine: return quarantine(std::move(action.message));
    case Kind::look_for_offers: return look_for_offers();
    case Kind::keep_offers: return keep_offers(std::move(action.offers));
    case Kind::acquire: return acquire(std::move(action.ids));
    case Kind::acknowledge: return acknowledge(action.id);
    case Kind::wait: return wait(action.delay);
    case Kind::close_session: return close();
    case Kind::scale_set_gone: return replace();
    case Kind::none:
    case Kind::cancel:
    case Kind::finished:
    case Kind::give_up: break;
  }
  throw std::logic_error("the listener's machine answered with an action that cannot be performed");
}

asio::awaitable<ListenerAction> Listener::Impl::open(std::string reason) {
  report.opening(reason);
  auto opened = co_await listener::interruptible(
      executor, source.open(options.scale_set, options.owner), under_way.slot());
  if (!opened) co_return machine.session_failed(at(), opened.error());
  report.opened(source.session_id(), options.owner, source.statistics());
  // Before the machine goes on: whoever writes the id into a journal has it there before the first
  // message, and can close the session after a crash (A2).
  tell_session(source.session_id());
  co_return machine.session_opened(at(), source.statistics());
}

asio::awaitable<ListenerAction> Listener::Impl::poll(MessageId last, int capacity) {
  auto received = co_await listener::interruptible(executor, source.get_message(last, capacity),
                                                   under_way.slot());
  if (!received) co_return machine.poll_failed(at(), received.error());
  report.received(*received);
  if (*received) co_return machine.message(at(), **std::move(received));
  auto const call = [this] { return handler.idle(); };
  auto idled = co_await client::guarded_task<void>(kUsersCode, "ListenerHandler::idle", call);
  report.idled(idled);
  co_return machine.no_message(at());
}

asio::awaitable<ListenerAction> Listener::Impl::check_statistics() {
  // A failure is not reported: the machine then does without the count.
  auto scale_set = co_await source.get_scale_set(options.scale_set);
  if (!scale_set) co_return machine.statistics_checked(at(), std::nullopt);
  report.looked_up(scale_set->statistics);
  co_return machine.statistics_checked(at(), scale_set->statistics);
}

asio::awaitable<ListenerAction> Listener::Impl::apply(Message message) {
  auto const call = [this, &message] { return handler.apply(message); };
  auto applied = co_await client::guarded_task<void>(kUsersCode, "ListenerHandler::apply", call);
  if (!applied) co_return machine.apply_failed(at(), applied.error());
  auto const refused = refused_of(message.jobs);
  if (!refused) co_return machine.apply_failed(at(), refused.error());
  // Only now, so that a message that is delivered again after a failure is not measured twice.
  report.applied(message);
  co_return machine.applied(at(), *refused);
}

asio::awaitable<ListenerAction> Listener::Impl::quarantine(Message message) {
  auto const call = [this, &message] { return handler.quarantine(std::move(message)); };
  auto set_aside =
      co_await client::guarded_task<void>(kUsersCode, "ListenerHandler::quarantine", call);
  report.quarantined(set_aside);
  if (!set_aside) co_return machine.quarantine_failed(at(), set_aside.error());
  co_return machine.quarantined(at());
}

/// The offers among `jobs` that the handler does not want.
template <class Jobs>
Result<std::vector<RequestId>> Listener::Impl::refused_of(Jobs const& jobs) {
  auto const wants = [this](JobAvailable const& job) { return handler.wants(job); };
  return base::guarded(kUsersCode, "ListenerHandler::wants", [&] {
    return Result<std::vector<RequestId>>(listener::refused_offers(jobs, wants));
  });
}

asio::awaitable<ListenerAction> Listener::Impl::look_for_offers() {
  auto offers = co_await source.acquirable_jobs(options.scale_set);
  if (!offers) co_return machine.offers_failed(at(), offers.error());
  auto const refused = refused_of(*offers);
  if (!refused) co_return machine.offers_failed(at(), refused.error());
  co_return machine.offers_found(at(), *offers, *refused);
}

asio::awaitable<ListenerAction> Listener::Impl::keep_offers(std::vector<OpenOffer> offers) {
  auto const call = [this, &offers] { return handler.keep_offers(std::move(offers)); };
  auto kept = co_await client::guarded_task<void>(kUsersCode, "ListenerHandler::keep_offers", call);
  if (!kept) co_return machine.keep_failed(at(), kept.error());
  co_return machine.offers_kept(at());
}

asio::awaitable<ListenerAction> Listener::Impl::acquire(std::vector<RequestId> ids) {
  std::size_t const offered = ids.size();
  auto acquired = co_await source.acquire_jobs(std::move(ids));
  if (!acquired) co_return machine.acquire_failed(at(), acquired.error());
  report.acquired(offered, acquired->size());
  co_return machine.acquired(at(), *std::move(acquired));
}

asio::awaitable<ListenerAction> Listener::Impl::acknowledge(MessageId id) {
  auto deleted = co_await source.delete_message(id);
  if (!deleted) co_return machine.acknowledge_failed(at(), deleted.error());
  report.acknowledged();
  co_return machine.acknowledged(at());
}

asio::awaitable<ListenerAction> Listener::Impl::wait(std::chrono::milliseconds delay) {
  auto waited = co_await listener::interruptible(executor, slept(delay), under_way.slot());
  (void)waited;  // the machine knows whether it was interrupted
  co_return machine.waited(at());
}

asio::awaitable<ListenerAction> Listener::Impl::close() {
  std::string const session = source.session_id();
  if (session.empty()) co_return machine.session_closed(at());
  // Shared with the timer's callback, which may still be queued when this coroutine has ended.
  auto too_late = std::make_shared<asio::cancellation_signal>();
  base::LoopTimer budget(executor);
  budget.expires_after(kCloseBudget);
  budget.on_expiry([too_late] { too_late->emit(asio::cancellation_type::terminal); });
  auto closed = co_await listener::interruptible(executor, source.close(), too_late->slot());
  budget.cancel();
  report.closed(session, closed);
  tell_session("");
  co_return machine.session_closed(at());
}

asio::awaitable<ListenerAction> Listener::Impl::replace() {
  auto const call = [this] { return handler.replace_scale_set(); };
  auto replaced = co_await listener::interruptible(
      executor,
      client::guarded_task<ScaleSetId>(kUsersCode, "ListenerHandler::replace_scale_set", call),
      under_way.slot());
  if (!replaced) co_return machine.replace_failed(at(), replaced.error());
  if (*replaced == options.scale_set) co_return machine.scale_set_found(at());
  // From here on every call uses the new id. The old one would only be answered with 404.
  options.scale_set = *replaced;
  report.scale_set_replaced(*replaced);
  co_return machine.scale_set_replaced(at());
}

}  // namespace scaleset::inline v0::async
