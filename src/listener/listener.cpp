#include "scaleset/async/listener.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/sleep.hpp"
#include "protocol/listener_machine.hpp"

namespace scaleset::async {
namespace {

namespace asio = boost::asio;
using protocol::ListenerAction;
using Kind = ListenerAction::Kind;

constexpr std::chrono::seconds kCloseBudget{10};

/// Cancelled, the task answers with ErrorCode::cancelled instead of throwing.
template <class T>
Task<T> without_throwing(Task<T> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_return co_await std::move(task);
}

Task<void> slept(std::chrono::milliseconds delay) {
  bool const whole = co_await http::sleep_for(delay);
  if (!whole) co_return fail(ErrorCode::cancelled, "the wait was cut short");
  co_return Result<void>();
}

Hooks completed(Hooks hooks) {
  if (!hooks.clock) hooks.clock = base::system_clock();
  if (!hooks.random) hooks.random = base::system_random();
  return hooks;
}

}  // namespace

struct Listener::Impl {
  Impl(asio::any_io_executor loop, Client& the_client, ListenerHandler& the_handler,
       Options the_options)
      : executor(std::move(loop)),
        client(the_client),
        handler(the_handler),
        options(std::move(the_options)),
        hooks(completed(options.hooks)),
        log(hooks.log, "listener"),
        machine(hooks.random) {}

  Task<void> run();
  asio::awaitable<ListenerAction> perform(ListenerAction action);
  asio::awaitable<ListenerAction> open(std::string reason);
  asio::awaitable<ListenerAction> poll(MessageId last, int capacity);
  asio::awaitable<ListenerAction> apply(Message message);
  asio::awaitable<ListenerAction> quarantine(Message message);
  asio::awaitable<ListenerAction> acquire(std::vector<RequestId> ids);
  asio::awaitable<ListenerAction> acknowledge(MessageId id);
  asio::awaitable<ListenerAction> wait(std::chrono::milliseconds delay);
  asio::awaitable<ListenerAction> close();
  asio::awaitable<ListenerAction> replace();

  template <class T>
  Task<T> interruptible(Task<T> task, asio::cancellation_slot slot);
  [[nodiscard]] protocol::Moment at() const {
    return {hooks.clock->now().steady, handler.capacity()};
  }
  void note(ListenerAction const& action) const;
  void measure(Message const& message) const;
  void interrupt(ListenerAction const& answer);

  asio::any_io_executor executor;
  Client& client;
  ListenerHandler& handler;
  Options options;
  Hooks hooks;
  base::Logger log;
  protocol::ListenerMachine machine;
  std::unique_ptr<MessageSession> session;
  asio::cancellation_signal
      under_way;  // the poll, the wait or the replacement that may be cut short
};

Listener::Listener(asio::any_io_executor executor, Client& client, ListenerHandler& handler,
                   Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), client, handler, std::move(options))) {}
Listener::~Listener() = default;

Task<void> Listener::run() { return impl_->run(); }
void Listener::stop() { impl_->interrupt(impl_->machine.stop_requested()); }
void Listener::capacity_changed() {
  impl_->interrupt(impl_->machine.capacity_changed(impl_->at()));
}

void Listener::Impl::interrupt(ListenerAction const& answer) {
  note(answer);
  if (answer.kind == Kind::cancel) under_way.emit(asio::cancellation_type::terminal);
}

Task<void> Listener::Impl::run() {
  if (options.previous_session) {
    auto closed = co_await client.close_session(options.scale_set, *options.previous_session);
    if (!closed)
      log.warn(
          "could not close the session an earlier process left behind; waiting it out instead");
  }
  ListenerAction action = machine.started(at());
  while (action.kind != Kind::finished && action.kind != Kind::give_up) {
    note(action);
    ListenerAction next = co_await perform(std::move(action));
    action = std::move(next);
  }
  note(action);
  if (action.error) co_return std::unexpected(*action.error);
  co_return Result<void>();
}

asio::awaitable<ListenerAction> Listener::Impl::perform(ListenerAction action) {
  switch (action.kind) {
    case Kind::open_session: return open(std::move(action.reason));
    case Kind::poll: return poll(action.id, action.capacity);
    case Kind::apply: return apply(std::move(action.message));
    case Kind::quarantine: return quarantine(std::move(action.message));
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
  throw std::logic_error("the listener's machine answered an action with nothing to do");
}

asio::awaitable<ListenerAction> Listener::Impl::open(std::string reason) {
  if (!reason.empty() && hooks.metrics)
    hooks.metrics->on_session_recreated(options.scale_set, reason);
  session.reset();
  SessionOptions keep;
  keep.recreate = false;  // the machine decides, and tells the handler
  auto opened = co_await interruptible(client.open_session(options.scale_set, options.owner, keep),
                                       under_way.slot());
  if (!opened) co_return machine.session_failed(at(), opened.error());
  session = *std::move(opened);
  log.info("session opened", {{"session", session->id()}, {"owner", session->owner()}});
  if (options.on_session) options.on_session(session->id());
  co_return machine.session_opened(at(), session->statistics());
}

asio::awaitable<ListenerAction> Listener::Impl::poll(MessageId last, int capacity) {
  auto received = co_await interruptible(session->get_message(last, capacity), under_way.slot());
  if (!received) co_return machine.poll_failed(at(), received.error());
  if (!*received) co_return machine.no_message(at());
  measure(**received);
  co_return machine.message(at(), **std::move(received));
}

asio::awaitable<ListenerAction> Listener::Impl::apply(Message message) {
  auto applied = co_await handler.apply(std::move(message));
  if (!applied) co_return machine.apply_failed(at(), applied.error());
  co_return machine.applied(at());
}

asio::awaitable<ListenerAction> Listener::Impl::quarantine(Message message) {
  auto put_aside = co_await handler.quarantine(std::move(message));
  if (!put_aside) {
    std::string const text = put_aside.error().to_string();
    log.error("a message that cannot be applied could not be put aside either", {{"error", text}});
  }
  co_return machine.quarantined(at());
}

asio::awaitable<ListenerAction> Listener::Impl::acquire(std::vector<RequestId> ids) {
  auto acquired = co_await session->acquire_jobs(std::move(ids));
  if (!acquired) co_return machine.acquire_failed(at(), acquired.error());
  co_return machine.acquired(at(), *std::move(acquired));
}

asio::awaitable<ListenerAction> Listener::Impl::acknowledge(MessageId id) {
  auto deleted = co_await session->delete_message(id);
  if (!deleted) co_return machine.acknowledge_failed(at(), deleted.error());
  if (hooks.metrics) hooks.metrics->on_message_acknowledged(options.scale_set);
  co_return machine.acknowledged(at());
}

asio::awaitable<ListenerAction> Listener::Impl::wait(std::chrono::milliseconds delay) {
  auto waited = co_await interruptible(slept(delay), under_way.slot());
  (void)waited;  // cut short or not: the machine knows which
  co_return machine.waited(at());
}

asio::awaitable<ListenerAction> Listener::Impl::close() {
  if (!session) co_return machine.session_closed(at());
  auto too_late = std::make_shared<asio::cancellation_signal>();
  asio::steady_timer budget(executor, kCloseBudget);
  budget.async_wait([too_late](boost::system::error_code error) {
    if (!error) too_late->emit(asio::cancellation_type::terminal);
  });
  auto closed = co_await interruptible(session->close(), too_late->slot());
  budget.cancel();
  if (closed) {
    log.info("session closed", {{"session", session->id()}});
  } else {
    std::string const text = closed.error().to_string();
    log.warn("the session could not be closed; the service drops it after about 90 s",
             {{"error", text}});
  }
  session.reset();
  if (options.on_session) options.on_session("");
  co_return machine.session_closed(at());
}

asio::awaitable<ListenerAction> Listener::Impl::replace() {
  session.reset();
  auto replaced = co_await interruptible(handler.replace_scale_set(), under_way.slot());
  if (!replaced) co_return machine.replace_failed(at(), replaced.error());
  options.scale_set = *replaced;
  co_return machine.scale_set_replaced(at());
}

template <class T>
Task<T> Listener::Impl::interruptible(Task<T> task, asio::cancellation_slot slot) {
  co_return co_await asio::co_spawn(executor, without_throwing(std::move(task)),
                                    asio::bind_cancellation_slot(slot, asio::use_awaitable));
}

void Listener::Impl::note(ListenerAction const& action) const {
  if (!action.note || !hooks.log || !hooks.log->enabled(action.note->level)) return;
  hooks.log->write({action.note->level, "listener", action.note->text, {}});
}

void Listener::Impl::measure(Message const& message) const {
  if (!hooks.metrics) return;
  if (message.statistics) hooks.metrics->on_statistics(options.scale_set, *message.statistics);
  for (auto const& job : message.jobs) {
    if (auto const* started = std::get_if<JobStarted>(&job))
      hooks.metrics->on_job_started(options.scale_set, *started);
    if (auto const* completed = std::get_if<JobCompleted>(&job))
      hooks.metrics->on_job_completed(options.scale_set, *completed);
  }
}

}  // namespace scaleset::async
