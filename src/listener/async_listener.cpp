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

// How long run() goes on after stop(). The first part is for what is done about a message in hand,
// the rest for the service to close the session. Worth a wait, because a session that is not closed
// is in the way of the next one for about 90 s (protocol.md 10.5). But a stop must not hang on a
// dead service, and a service manager gives a process that it stops 10 s, say.
constexpr std::chrono::seconds kLastCalls{3};
constexpr std::chrono::seconds kCloseBudget{5};
constexpr auto kUsersCode = ErrorCode::backend;  // of what the handler throws

/// Gives sleep_for() the type that interruptible() takes.
Task<void> slept(std::chrono::milliseconds delay) {
  bool const whole = co_await sleep_for(delay);
  if (!whole) co_return fail(ErrorCode::cancelled, "the wait was interrupted");
  co_return Result<void>();
}

/// What interrupts the calls under way. Shared with the timer's callback, which may still be queued
/// when the listener is gone.
struct Interrupts {
  Interrupts() = default;
  asio::cancellation_signal action;  // see ListenerAction::cancel
  asio::cancellation_signal close;
};

/// The next action. On the heap, since it is large, and each held poll would keep room for several
/// of them in its frames.
struct Next {
  Next(ListenerAction what)  // NOLINT(google-explicit-constructor): coroutines return actions
      : action(std::make_unique<ListenerAction>(std::move(what))) {}
  std::unique_ptr<ListenerAction> action;
};

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
        machine(hooks.random),
        budget(executor) {}

  Task<void> run();
  asio::awaitable<Next> perform(Next next);
  asio::awaitable<Next> open(std::string reason);
  asio::awaitable<Next> poll(MessageId last, int capacity);
  asio::awaitable<Next> idle();
  asio::awaitable<Next> check_statistics();
  asio::awaitable<Next> apply(Message message);
  asio::awaitable<Next> quarantine(Message message);
  asio::awaitable<Next> look_for_offers();
  asio::awaitable<Next> keep_offers(std::vector<OpenOffer> offers);
  asio::awaitable<Next> acquire(std::vector<RequestId> ids);
  asio::awaitable<Next> acknowledge(MessageId id);
  asio::awaitable<Next> wait(std::chrono::milliseconds delay);
  asio::awaitable<Next> close();
  asio::awaitable<Next> replace();

  template <class Jobs>
  Result<std::vector<RequestId>> refused_of(Jobs const& jobs);
  [[nodiscard]] protocol::Moment at();
  void interrupt(ListenerAction const& answer);
  void stop();
  void limit_action();
  void limit_close();
  /// Runs a call of the source or the handler so that it can be interrupted, which happens by
  /// itself if it takes long after a stop.
  template <class T>
  Task<T> call(Task<T> task) {
    if (stopping) limit_action();
    return listener::interruptible(executor, std::move(task), interrupts->action.slot());
  }
  void tell_session(std::string const& id) const;
  void tell_trouble(Error const* error) const;

  asio::any_io_executor executor;
  std::unique_ptr<SessionSource> owned_source;  // null if the caller passed a source
  SessionSource& source;
  ListenerHandler& handler;
  Options options;
  Hooks hooks;
  listener::ListenerReport report;
  protocol::ListenerMachine machine;
  int last_capacity = 0;  // what the handler last said
  std::shared_ptr<Interrupts> interrupts = std::make_shared<Interrupts>();
  base::LoopTimer budget;  // for what is left to do
  bool running = false;
  bool started = false;
  bool stopping = false;
  bool closing = false;
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
void Listener::stop() { impl_->stop(); }
void Listener::capacity_changed() {
  impl_->interrupt(impl_->machine.capacity_changed(impl_->at()));
}

void Listener::statistics_seen(Statistics const& statistics) {
  impl_->machine.statistics_seen(statistics);
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

void Listener::Impl::tell_trouble(Error const* error) const {
  if (!options.on_trouble) return;
  auto const told = base::guarded(kUsersCode, "Listener::Options::on_trouble", [&] {
    options.on_trouble(error);
    return Result<void>();
  });
  if (!told) report.users_code_failed(told.error());
}

void Listener::Impl::interrupt(ListenerAction const& answer) {
  report.note(answer);
  // The action then ends with `cancelled`, and its coroutine tells the machine as usual. Nothing is
  // decided here.
  if (answer.kind == Kind::cancel) interrupts->action.emit(asio::cancellation_type::terminal);
}

void Listener::Impl::stop() {
  bool const first = !std::exchange(stopping, true);
  interrupt(machine.stop_requested());
  if (!first || !running) return;
  // The session of an earlier process: the next start closes it.
  if (!started) interrupts->action.emit(asio::cancellation_type::terminal);
  if (!closing) limit_action();
}

void Listener::Impl::limit_action() {
  budget.expires_after(kLastCalls);
  budget.on_expiry([both = interrupts] { both->action.emit(asio::cancellation_type::terminal); });
}

void Listener::Impl::limit_close() {
  budget.expires_after(kCloseBudget);
  budget.on_expiry([both = interrupts] { both->close.emit(asio::cancellation_type::terminal); });
}

Task<void> Listener::Impl::run() {
  running = true;
  // The service allows one session per scale set, so a session that an earlier process left open
  // must be closed before a new one can be opened.
  if (options.previous_session) {
    auto closed =
        co_await call(source.close_left_behind(options.scale_set, *options.previous_session));
    report.previous_session_closed(closed);
  }
  started = true;
  Next next = machine.started(at(), options.offers);
  while (next.action->kind != Kind::finished && next.action->kind != Kind::give_up) {
    report.note(*next.action);
    // A name for the result first: see "g++ 12 and co_await" in HACKING.md.
    Next then = co_await perform(std::move(next));
    next = std::move(then);
  }
  report.note(*next.action);
  running = false;
  budget.cancel();
  if (next.action->error) co_return std::unexpected(*next.action->error);
  co_return Result<void>();
}

/// Starts the coroutine of the action. It ends by telling the machine what happened, and returns
/// the machine's answer: the next action.
asio::awaitable<Next> Listener::Impl::perform(Next next) {
  // It ends here: what the coroutine needs of it is among its arguments.
  auto const whole = std::move(next.action);
  ListenerAction& action = *whole;
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

asio::awaitable<Next> Listener::Impl::open(std::string reason) {
  report.opening(reason);
  auto opened = co_await call(source.open(options.scale_set, options.owner));
  if (!opened) {
    Error const error = protocol::with_holder(opened.error(), options.owner);
    tell_trouble(&error);
    co_return machine.session_failed(at(), error);
  }
  report.opened(source.session_id(), options.owner, source.statistics());
  // Before the machine goes on: whoever writes the id into a journal has it there before the first
  // message, and can close the session after a crash (A2).
  tell_session(source.session_id());
  co_return machine.session_opened(at(), source.statistics());
}

asio::awaitable<Next> Listener::Impl::poll(MessageId last, int capacity) {
  auto received = co_await call(source.get_message(last, capacity));
  bool const is_cut = !received && received.error().code == ErrorCode::cancelled;
  if (!is_cut) tell_trouble(received ? nullptr : &received.error());
  if (!received) co_return machine.poll_failed(at(), received.error());
  report.received(*received);
  if (*received) co_return machine.message(at(), **std::move(received));
  co_return co_await idle();
}

/// Not in poll(), whose frame exists for each held poll.
asio::awaitable<Next> Listener::Impl::idle() {
  auto const idle = [this] { return handler.idle(); };
  auto idled = co_await call(client::guarded_task<void>(kUsersCode, "ListenerHandler::idle", idle));
  report.idled(idled);
  co_return machine.no_message(at());
}

asio::awaitable<Next> Listener::Impl::check_statistics() {
  // A failure is not reported: the machine then does without the count.
  auto scale_set = co_await call(source.get_scale_set(options.scale_set));
  if (!scale_set) co_return machine.statistics_checked(at(), std::nullopt);
  report.looked_up(scale_set->statistics);
  co_return machine.statistics_checked(at(), scale_set->statistics);
}

asio::awaitable<Next> Listener::Impl::apply(Message message) {
  auto const apply = [this, &message] { return handler.apply(message); };
  auto applied = co_await client::guarded_task<void>(kUsersCode, "ListenerHandler::apply", apply);
  if (!applied) co_return machine.apply_failed(at(), applied.error());
  auto const refused = refused_of(message.jobs);
  if (!refused) co_return machine.apply_failed(at(), refused.error());
  // Only now, so that a message that is delivered again after a failure is not measured twice.
  report.applied(message);
  co_return machine.applied(at(), *refused);
}

asio::awaitable<Next> Listener::Impl::quarantine(Message message) {
  auto const quarantine = [this, &message] { return handler.quarantine(std::move(message)); };
  auto set_aside =
      co_await client::guarded_task<void>(kUsersCode, "ListenerHandler::quarantine", quarantine);
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

asio::awaitable<Next> Listener::Impl::look_for_offers() {
  auto offers = co_await call(source.acquirable_jobs(options.scale_set));
  if (!offers) co_return machine.offers_failed(at(), offers.error());
  auto const refused = refused_of(*offers);
  if (!refused) co_return machine.offers_failed(at(), refused.error());
  co_return machine.offers_found(at(), *offers, *refused);
}

asio::awaitable<Next> Listener::Impl::keep_offers(std::vector<OpenOffer> offers) {
  auto const keep = [this, &offers] { return handler.keep_offers(std::move(offers)); };
  auto kept = co_await client::guarded_task<void>(kUsersCode, "ListenerHandler::keep_offers", keep);
  if (!kept) co_return machine.keep_failed(at(), kept.error());
  co_return machine.offers_kept(at());
}

asio::awaitable<Next> Listener::Impl::acquire(std::vector<RequestId> ids) {
  std::size_t const offered = ids.size();
  auto acquired = co_await call(source.acquire_jobs(std::move(ids)));
  if (!acquired) co_return machine.acquire_failed(at(), acquired.error());
  report.acquired(offered, acquired->size());
  co_return machine.acquired(at(), *std::move(acquired));
}

asio::awaitable<Next> Listener::Impl::acknowledge(MessageId id) {
  auto deleted = co_await call(source.delete_message(id));
  if (!deleted) co_return machine.acknowledge_failed(at(), deleted.error());
  report.acknowledged();
  co_return machine.acknowledged(at());
}

asio::awaitable<Next> Listener::Impl::wait(std::chrono::milliseconds delay) {
  auto waited = co_await call(slept(delay));
  (void)waited;  // the machine knows whether it was interrupted
  co_return machine.waited(at());
}

asio::awaitable<Next> Listener::Impl::close() {
  std::string const session = source.session_id();
  if (session.empty()) co_return machine.session_closed(at());
  limit_close();
  closing = true;
  auto closed =
      co_await listener::interruptible(executor, source.close(), interrupts->close.slot());
  closing = false;
  budget.cancel();
  report.closed(session, closed);
  // If it may still be open, whoever has written its id down is to keep it: the next process can
  // close it then (A2).
  if (closed) tell_session("");
  co_return machine.session_closed(at());
}

asio::awaitable<Next> Listener::Impl::replace() {
  auto const replace = [this] { return handler.replace_scale_set(); };
  auto replaced = co_await call(
      client::guarded_task<ScaleSetId>(kUsersCode, "ListenerHandler::replace_scale_set", replace));
  if (!replaced) co_return machine.replace_failed(at(), replaced.error());
  if (*replaced == options.scale_set) co_return machine.scale_set_found(at());
  // From here on every call uses the new id. The old one would only be answered with 404.
  options.scale_set = *replaced;
  report.scale_set_replaced(*replaced);
  co_return machine.scale_set_replaced(at());
}

}  // namespace scaleset::inline v0::async
