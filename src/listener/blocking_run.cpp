#include "listener/blocking_run.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "base/guarded_hooks.hpp"

namespace scaleset::listener {
namespace {

using Kind = protocol::ListenerAction::Kind;

// The longest that the end of run() waits for the service to close the session.
// Worth a wait, because a session that is not closed is in the way of the next
// one for about 90 s (protocol.md 10.5). But a stop must not hang on a dead service.
constexpr std::chrono::seconds kCloseBudget{10};

}  // namespace

BlockingRun::BlockingRun(SessionSource& source, Listener::Options const& options,
                         std::atomic<int> const& max_runners, Scaler& scaler)
    : source_(source),
      options_(options),
      max_runners_(max_runners),
      scaler_(scaler),
      hooks_(base::guarded_hooks(options.hooks)),
      report_(hooks_, options.scale_set.id),
      scale_set_(options.scale_set.id),
      machine_(hooks_.random) {}

Result<void> BlockingRun::run(std::stop_token stop) {
  if (stop.stop_requested()) return {};
  // The service allows one session per scale set, so a session that an earlier process left open
  // must be closed before a new one can be opened.
  if (options_.previous_session) {
    report_.previous_session_closed(
        source_.close_left_behind(scale_set_, *options_.previous_session));
  }
  auto on_stop = [this] { stop_requested(); };
  // If a stop was requested in between, the callback runs here and now: the machine then ends
  // before it opens a session.
  std::stop_callback const stop_callback(std::move(stop), std::move(on_stop));
  // The answers of the machine drive the whole run: each action ends with tell(), which returns the
  // next one.
  Action action = tell([this](Machine& machine) { return machine.started(at(), options_.offers); });
  while (action.kind != Kind::finished && action.kind != Kind::give_up) {
    report_.note(action);
    action = perform(std::move(action));
  }
  report_.note(action);
  // Only here, when the session has been closed: an exception must not leave it behind (A2).
  if (thrown_) std::rethrow_exception(thrown_);
  if (action.error) return std::unexpected(*std::move(action.error));
  return {};
}

void BlockingRun::capacity_changed() {
  interrupt([this](Machine& machine) { return machine.capacity_changed(at()); });
}

void BlockingRun::stop_requested() {
  interrupt([](Machine& machine) { return machine.stop_requested(); });
}

protocol::Moment BlockingRun::at() const { return {hooks_.clock->now().steady, max_runners_}; }

// Each action gets a new stop source under the same lock. So an interruption is not lost if it
// comes before the thread has begun to carry out the action.
BlockingRun::Action BlockingRun::tell(Event const& event) {
  std::lock_guard const lock(mutex_);
  Action action = event(machine_);
  interrupter_ = std::stop_source();
  interrupted_ = interrupter_.get_token();
  return action;
}

void BlockingRun::interrupt(Event const& event) {
  Action answer;
  std::stop_source interrupter(std::nostopstate);
  {
    std::lock_guard const lock(mutex_);
    // The machine may answer that the action under way is to be interrupted. That action's stop
    // source is copied under the same lock: a moment later it may belong to the next action.
    answer = event(machine_);
    interrupter = interrupter_;
  }
  // Not under the lock, because the log sink and the stop callbacks run foreign code on this
  // thread.
  report_.note(answer);
  if (answer.kind == Kind::cancel) interrupter.request_stop();
}

BlockingRun::Action BlockingRun::perform(Action action) {
  switch (action.kind) {
    case Kind::open_session: return open(action.reason);
    case Kind::poll: return poll(action.id, action.capacity);
    case Kind::check_statistics: return check_statistics();
    case Kind::apply: return apply(action.message);
    case Kind::quarantine: return quarantine(action.message);
    case Kind::look_for_offers: return look_for_offers();
    case Kind::keep_offers: return keep_offers(action.offers);
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

BlockingRun::Action BlockingRun::open(std::string const& reason) {
  report_.opening(reason);
  auto const opened = source_.open(scale_set_, options_.owner, interrupted_);
  if (!opened) {
    return tell([&](Machine& machine) { return machine.session_failed(at(), opened.error()); });
  }
  auto const statistics = source_.statistics();
  report_.opened(source_.session_id(), options_.owner, statistics);
  tell_session(source_.session_id());
  return tell([&](Machine& machine) { return machine.session_opened(at(), statistics); });
}

BlockingRun::Action BlockingRun::poll(MessageId last, int capacity) {
  auto received = source_.get_message(last, capacity, interrupted_);
  if (!received) {
    return tell([&](Machine& machine) { return machine.poll_failed(at(), received.error()); });
  }
  report_.received(*received);
  if (*received) {
    return tell([&](Machine& machine) { return machine.message(at(), **std::move(received)); });
  }
  // The demand may have changed although no message came, for example because a runner has ended.
  report_.idled(guarded([this] { return ask_for_desired_count(); }));
  return tell([this](Machine& machine) { return machine.no_message(at()); });
}

BlockingRun::Action BlockingRun::check_statistics() {
  std::optional<Statistics> statistics;
  // A failure is not reported: the machine then does without the count.
  auto const scale_set = source_.get_scale_set(scale_set_, interrupted_);
  if (scale_set) statistics = scale_set->statistics;
  report_.looked_up(statistics);
  return tell([&](Machine& machine) { return machine.statistics_checked(at(), statistics); });
}

BlockingRun::Action BlockingRun::apply(Message const& message) {
  std::vector<RequestId> refused;
  auto const applied = guarded([&] {
    auto handled = handle(message);
    if (handled) refused = refused_of(message.jobs);
    return handled;
  });
  if (!applied) {
    return tell([&](Machine& machine) { return machine.apply_failed(at(), applied.error()); });
  }
  // Only now, so that a message that is delivered again after a failure is not measured twice.
  report_.applied(message);
  return tell([&](Machine& machine) { return machine.applied(at(), refused); });
}

BlockingRun::Action BlockingRun::quarantine(Message const& message) {
  auto const set_aside = guarded([&] {
    scaler_.on_quarantined(message);
    return Result<void>();
  });
  report_.quarantined(set_aside);
  return tell([&](Machine& machine) {
    if (!set_aside) return machine.quarantine_failed(at(), set_aside.error());
    return machine.quarantined(at());
  });
}

BlockingRun::Action BlockingRun::look_for_offers() {
  std::vector<RequestId> refused;
  auto const offers = source_.acquirable_jobs(scale_set_, interrupted_);
  auto const looked = !offers ? Result<void>(std::unexpected(offers.error())) : guarded([&] {
    refused = refused_of(*offers);
    return Result<void>();
  });
  if (!looked) {
    return tell([&](Machine& machine) { return machine.offers_failed(at(), looked.error()); });
  }
  return tell([&](Machine& machine) { return machine.offers_found(at(), *offers, refused); });
}

BlockingRun::Action BlockingRun::keep_offers(std::vector<OpenOffer> const& offers) {
  auto const kept = guarded([&] { return scaler_.keep_offers(offers); });
  return tell([&](Machine& machine) {
    return kept ? machine.offers_kept(at()) : machine.keep_failed(at(), kept.error());
  });
}

BlockingRun::Action BlockingRun::acquire(std::vector<RequestId> ids) {
  std::size_t const offered = ids.size();
  auto acquired = source_.acquire_jobs(std::move(ids));
  if (!acquired) {
    return tell([&](Machine& machine) { return machine.acquire_failed(at(), acquired.error()); });
  }
  report_.acquired(offered, acquired->size());
  return tell([&](Machine& machine) { return machine.acquired(at(), *std::move(acquired)); });
}

BlockingRun::Action BlockingRun::acknowledge(MessageId id) {
  auto const deleted = source_.delete_message(id);
  if (!deleted) {
    return tell(
        [&](Machine& machine) { return machine.acknowledge_failed(at(), deleted.error()); });
  }
  report_.acknowledged();
  return tell([this](Machine& machine) { return machine.acknowledged(at()); });
}

BlockingRun::Action BlockingRun::wait(std::chrono::milliseconds delay) {
  source_.wait(delay, interrupted_);
  return tell([this](Machine& machine) { return machine.waited(at()); });
}

BlockingRun::Action BlockingRun::close() {
  std::string const session = source_.session_id();
  if (!session.empty()) {
    report_.closed(session, source_.close(kCloseBudget));
    tell_session("");
  }
  return tell([this](Machine& machine) { return machine.session_closed(at()); });
}

BlockingRun::Action BlockingRun::replace() {
  auto const replacement = source_.get_or_create_scale_set(options_.scale_set, interrupted_);
  if (replacement && replacement->id == scale_set_) {
    return tell([this](Machine& machine) { return machine.scale_set_found(at()); });
  }
  // A replacement that the Scaler refuses counts as failed, so it is tried again.
  auto replaced = [&]() -> Result<void> {
    if (!replacement) return std::unexpected(replacement.error());
    return guarded([&] { return scaler_.on_scale_set_replaced(*replacement); });
  }();
  if (!replaced) {
    return tell([&](Machine& machine) { return machine.replace_failed(at(), replaced.error()); });
  }
  scale_set_ = replacement->id;
  report_.scale_set_replaced(scale_set_);
  return tell([this](Machine& machine) { return machine.scale_set_replaced(at()); });
}

// ---- Calls of the Scaler

/// Calls the Scaler unless it has already thrown. After an exception it is not called again: the
/// run ends as after a stop, and then throws that exception.
Result<void> BlockingRun::guarded(std::function<Result<void>()> const& call) {
  try {
    if (!thrown_) return call();
  } catch (...) {
    thrown_ = std::current_exception();
    // The machine ends the run the usual way and closes the session. The message stays in the
    // queue.
    stop_requested();
  }
  return fail(ErrorCode::cancelled, "the Scaler threw an exception, so the listener stops");
}

Result<void> BlockingRun::handle(Message const& message) {
  if (message.statistics) assigned_jobs_ = message.statistics->assigned_jobs;
  // The first callback that fails ends the handling. The message is delivered again, and then all
  // callbacks are called again, so they must not mind (A5).
  if (auto told = scaler_.on_message(message); !told) return told;
  for (auto const& job : message.jobs)
    if (auto told = handle(job); !told) return told;
  return ask_for_desired_count();
}

Result<void> BlockingRun::handle(JobMessage const& job) {
  if (auto const* started = std::get_if<JobStarted>(&job)) return scaler_.on_job_started(*started);
  if (auto const* completed = std::get_if<JobCompleted>(&job))
    return scaler_.on_job_completed(*completed);
  return {};
}

Result<void> BlockingRun::ask_for_desired_count() {
  // No statistics have come yet, so there is no number to ask with.
  if (!assigned_jobs_) return {};
  auto const desired = scaler_.on_desired_runner_count(*assigned_jobs_);
  if (!desired) return std::unexpected(desired.error());
  report_.desired(*desired);
  return {};
}

void BlockingRun::tell_session(std::string const& id) {
  (void)guarded([&] {
    scaler_.on_session(id);
    return Result<void>();
  });
}

}  // namespace scaleset::listener
