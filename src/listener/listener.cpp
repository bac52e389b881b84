#include "scaleset/async/listener.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/loop_timer.hpp"
#include "listener/interruptible.hpp"
#include "protocol/machines/listener_machine.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::async {
namespace {

namespace asio = boost::asio;
using protocol::ListenerAction;
using Kind = ListenerAction::Kind;

constexpr std::chrono::seconds kCloseBudget{10};

Task<void> slept(std::chrono::milliseconds delay) {
  bool const whole = co_await async::sleep_for(delay);
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
  asio::awaitable<ListenerAction> check_statistics();
  asio::awaitable<ListenerAction> apply(Message message);
  asio::awaitable<ListenerAction> quarantine(Message message);
  asio::awaitable<ListenerAction> acquire(std::vector<RequestId> ids);
  asio::awaitable<ListenerAction> acknowledge(MessageId id);
  asio::awaitable<ListenerAction> wait(std::chrono::milliseconds delay);
  asio::awaitable<ListenerAction> close();
  asio::awaitable<ListenerAction> replace();

  [[nodiscard]] protocol::Moment at() const {
    return {hooks.clock->now().steady, handler.capacity()};
  }
  void note(ListenerAction const& action) const;
  void measure_received(std::optional<Message> const& message) const;
  void measure_statistics(std::optional<Statistics> const& statistics) const;
  void measure_applied(Message const& message) const;
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
    case Kind::check_statistics: return check_statistics();
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
  auto opened = co_await listener::interruptible(
      executor, client.open_session(options.scale_set, options.owner, keep), under_way.slot());
  if (!opened) co_return machine.session_failed(at(), opened.error());
  session = *std::move(opened);
  log.info("session opened", {{"session", session->id()}, {"owner", session->owner()}});
  if (options.on_session) options.on_session(session->id());
  measure_statistics(session->statistics());
  co_return machine.session_opened(at(), session->statistics());
}

asio::awaitable<ListenerAction> Listener::Impl::poll(MessageId last, int capacity) {
  auto received = co_await listener::interruptible(executor, session->get_message(last, capacity),
                                                   under_way.slot());
  if (!received) co_return machine.poll_failed(at(), received.error());
  measure_received(*received);
  if (*received) co_return machine.message(at(), **std::move(received));
  auto idled = co_await handler.idle();
  if (!idled) {
    std::string const text = idled.error().to_string();
    log.warn("what is to be done between two messages failed", {{"error", text}});
  }
  co_return machine.no_message(at());
}

asio::awaitable<ListenerAction> Listener::Impl::check_statistics() {
  auto scale_set = co_await client.get_scale_set(options.scale_set);
  if (!scale_set) co_return machine.statistics_checked(at(), std::nullopt);
  measure_statistics(scale_set->statistics);
  co_return machine.statistics_checked(at(), scale_set->statistics);
}

asio::awaitable<ListenerAction> Listener::Impl::apply(Message message) {
  auto applied = co_await handler.apply(message);
  if (!applied) co_return machine.apply_failed(at(), applied.error());
  measure_applied(message);
  co_return machine.applied(at());
}

asio::awaitable<ListenerAction> Listener::Impl::quarantine(Message message) {
  auto put_aside = co_await handler.quarantine(std::move(message));
  if (!put_aside) {
    std::string const text = put_aside.error().to_string();
    log.error("a message that cannot be applied could not be put aside either", {{"error", text}});
  }
  if (hooks.metrics) hooks.metrics->on_message_quarantined(options.scale_set);
  co_return machine.quarantined(at());
}

asio::awaitable<ListenerAction> Listener::Impl::acquire(std::vector<RequestId> ids) {
  auto const offered = static_cast<std::int64_t>(ids.size());
  auto acquired = co_await session->acquire_jobs(std::move(ids));
  if (!acquired) co_return machine.acquire_failed(at(), acquired.error());
  if (hooks.metrics) {
    hooks.metrics->on_jobs_acquired(options.scale_set, offered,
                                    static_cast<std::int64_t>(acquired->size()));
  }
  co_return machine.acquired(at(), *std::move(acquired));
}

asio::awaitable<ListenerAction> Listener::Impl::acknowledge(MessageId id) {
  auto deleted = co_await session->delete_message(id);
  if (!deleted) co_return machine.acknowledge_failed(at(), deleted.error());
  if (hooks.metrics) hooks.metrics->on_message_acknowledged(options.scale_set);
  co_return machine.acknowledged(at());
}

asio::awaitable<ListenerAction> Listener::Impl::wait(std::chrono::milliseconds delay) {
  auto waited = co_await listener::interruptible(executor, slept(delay), under_way.slot());
  (void)waited;  // cut short or not: the machine knows which
  co_return machine.waited(at());
}

asio::awaitable<ListenerAction> Listener::Impl::close() {
  if (!session) co_return machine.session_closed(at());
  auto too_late = std::make_shared<asio::cancellation_signal>();
  base::LoopTimer budget(executor);
  budget.expires_after(kCloseBudget);
  budget.on_expiry([too_late] { too_late->emit(asio::cancellation_type::terminal); });
  auto closed = co_await listener::interruptible(executor, session->close(), too_late->slot());
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
  auto replaced =
      co_await listener::interruptible(executor, handler.replace_scale_set(), under_way.slot());
  if (!replaced) co_return machine.replace_failed(at(), replaced.error());
  options.scale_set = *replaced;
  co_return machine.scale_set_replaced(at());
}

void Listener::Impl::note(ListenerAction const& action) const {
  if (!action.note || !hooks.log || !hooks.log->enabled(action.note->level)) return;
  hooks.log->write({action.note->level, "listener", action.note->text, {}});
}

void Listener::Impl::measure_received(std::optional<Message> const& message) const {
  if (!hooks.metrics || !message) return;
  hooks.metrics->on_message_received(options.scale_set,
                                     static_cast<std::int64_t>(message->jobs.size()));
  measure_statistics(message->statistics);
}

void Listener::Impl::measure_statistics(std::optional<Statistics> const& statistics) const {
  if (hooks.metrics && statistics) hooks.metrics->on_statistics(options.scale_set, *statistics);
}

void Listener::Impl::measure_applied(Message const& message) const {
  if (!hooks.metrics) return;
  for (auto const& job : message.jobs) {
    if (auto const* started = std::get_if<JobStarted>(&job)) {
      hooks.metrics->on_job_started(options.scale_set, *started);
    } else if (auto const* completed = std::get_if<JobCompleted>(&job)) {
      hooks.metrics->on_job_completed(options.scale_set, *completed);
    } else if (auto const* unknown = std::get_if<UnknownJobMessage>(&job)) {
      hooks.metrics->on_unknown_job_message(options.scale_set, *unknown);
    }
  }
}

}  // namespace scaleset::async
