#include <algorithm>
#include <memory>
#include <utility>

#include "base/guard.hpp"
#include "daemon/set_runner.hpp"

/// What an operator asks for (ADR 53).
namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kForAnAnswer{30};  // of the service, before the operator is told
constexpr std::chrono::seconds kForTheBudget{5};  // to give a part of it

std::string_view text_of(fleet::Suspension how) {
  switch (how) {
    case fleet::Suspension::none: break;
    case fleet::Suspension::paused:
      return "paused: no job is taken and no runner is started until it is resumed; jobs that run "
             "go on";
    case fleet::Suspension::drained:
      return "drained: no job is taken and no runner is started until it is resumed; idle runners "
             "are removed, and jobs that run go on";
  }
  return "resumed: jobs are taken and runners are started again";
}

/// What became of a command. Whoever asked for it waits for this, and not for the scale set, which
/// may be gone before.
template <class T>
struct Outcome {
  std::optional<Result<T>> result;
  base::Condition done;
};

template <class T>
Task<T> wait_for(std::shared_ptr<Outcome<T>> outcome) {
  while (!outcome->result) {
    co_await outcome->done.wait_despite_cancellation();
  }
  co_return *outcome->result;
}

template <class T>
asio::awaitable<void> carry_out(Task<T> command, std::shared_ptr<Outcome<T>> outcome) {
  Result<T> result = fail(ErrorCode::cancelled, "the autoscaler ends");
  try {
    result = co_await std::move(command);
  } catch (...) {
    result = std::unexpected(base::error_of_exception(ErrorCode::backend, "the command"));
  }
  outcome->result.emplace(std::move(result));
  outcome->done.notify_all();
}

}  // namespace

template <class T>
Task<T> SetRunner::begin(Task<T> command) {
  auto outcome = std::make_shared<Outcome<T>>();
  if (ended_) {
    outcome->result = fail(ErrorCode::conflict, "the scale set is not served any more");
  } else {
    tasks_.spawn(carry_out<T>(std::move(command), outcome));
  }
  return wait_for<T>(std::move(outcome));
}

Task<void> SetRunner::suspend(fleet::Suspension how) { return begin<void>(suspend_now(how)); }

Task<AddedRunner> SetRunner::add_runner() { return begin<AddedRunner>(add_runner_now()); }

Task<void> SetRunner::retire_runner(std::string name) {
  return begin<void>(retire_runner_now(std::move(name)));
}

Task<void> SetRunner::reset_session() { return begin<void>(reset_session_now()); }

Task<void> SetRunner::delete_scale_set() { return begin<void>(delete_scale_set_now()); }

/// A later version may have written a word that this one does not know.
void SetRunner::take_up_suspension() {
  auto const how = fleet::parse_suspension(record_.suspension).value_or(fleet::Suspension::paused);
  if (how == fleet::Suspension::none) return;
  log_.info("the scale set stays as an operator has left it",
            {{"name", settings_.name}, {"is", to_string(how)}});
  feed(fleet::SuspensionChanged{how});
}

Result<void> SetRunner::may_command() const {
  if (phase_ == Phase::starting)
    return fail(ErrorCode::conflict, "the scale set is just starting; try again");
  if (phase_ != Phase::ended && !drained_because_.empty())
    return fail(ErrorCode::conflict, "it is draining, because " + drained_because_ +
                                         "; `scaleset status` shows it until that is done");
  if (phase_ == Phase::ended || stopping_)
    return fail(ErrorCode::conflict, "the scale set is not served any more");
  return {};
}

Task<void> SetRunner::suspend_now(fleet::Suspension how) {
  auto const may = may_command();
  if (!may) co_return may;
  log_.info(text_of(how), {{"name", settings_.name}});
  record_.suspension = to_string(how);
  other_changes_.emplace_back(store::Suspend{record_.key, record_.suspension});
  feed(fleet::SuspensionChanged{how});
  auto durable = co_await settled();
  if (durable) co_return durable;
  co_return fail(ErrorCode::io,
                 "it holds now, but not after a restart, since the journal cannot be written: " +
                     durable.error().message + "; that is tried again until it works");
}

Task<AddedRunner> SetRunner::add_runner_now() {
  auto may = may_command();
  if (may && adding_)
    may = fail(ErrorCode::conflict, "another runner is just being added; try again");
  if (may) may = fleet_.may_add();
  if (!may) co_return std::unexpected(may.error());
  std::set<std::string> before;
  for (auto const& [name, runner] : fleet_.runners()) before.insert(name);
  adding_ = true;
  feed(fleet::RunnerAdded{});
  auto name = co_await added_since(std::move(before));
  adding_ = false;
  if (!name) co_return std::unexpected(name.error());
  log_.info("starting one runner more, as an operator asked for", {{"runner", *name}});
  auto durable = co_await settled();
  if (!durable) co_return std::unexpected(durable.error());
  AddedRunner added;
  added.name = *std::move(name);
  added.waits_for = "it is prepared, then registered at the service, and then started";
  auto const calls = ports_.starts ? ports_.starts->gate().waiting() : 0;
  if (calls > 0)
    added.waits_for += "; " + std::to_string(calls) + " registrations with this credential wait";
  co_return added;
}

/// The name of the runner that was added. Without a budget, or if that has room, it is there
/// already.
Task<std::string> SetRunner::added_since(std::set<std::string> before) {
  auto const until = ports_.hooks.clock->now().steady + kForTheBudget;
  for (bool waits = true; waits;) {
    auto const added = std::ranges::find_if(fleet_.runners(), [&before](auto const& entry) {
      return entry.second.extra && !before.contains(entry.first);
    });
    if (added != fleet_.runners().end()) co_return added->first;
    auto const left = until - ports_.hooks.clock->now().steady;
    waits = left > std::chrono::seconds(0) && fleet_.share().has_value() && !stopping_;
    if (!waits) break;
    waits = co_await changed_.wait_for(left);
  }
  feed(fleet::AdditionWithdrawn{});
  if (!fleet_.share() || stopping_)
    co_return fail(ErrorCode::conflict, "no runner can be started now");
  co_return fail(
      ErrorCode::conflict,
      "the budget \"" + settings_.budget.name +
          "\" has no room for another runner now: "
          "it is used up, or jobs of other scale sets come first; `scaleset status` shows "
          "what each has");
}

bool SetRunner::is_being_removed(std::string const& name) const {
  auto const runner = fleet_.runners().find(name);
  return runner != fleet_.runners().end() && runner->second.state == fleet::RunnerState::retiring;
}

Task<void> SetRunner::retire_runner_now(std::string name) {
  auto may = may_command();
  if (may) may = fleet_.may_retire(name);
  if (!may) co_return may;
  feed(fleet::RetirementRequested{name});
  auto const until = ports_.hooks.clock->now().steady + kForAnAnswer;
  while (is_being_removed(name)) {
    auto const left = until - ports_.hooks.clock->now().steady;
    if (left <= std::chrono::seconds(0))
      co_return fail(ErrorCode::timeout,
                     "the service has not answered yet whether the runner has a job; it is asked "
                     "again until it does, and then the runner goes");
    bool const waited = co_await changed_.wait_for(left);
    if (!waited) co_return fail(ErrorCode::cancelled, "the autoscaler ends");
  }
  auto const runner = fleet_.runners().find(name);
  if (runner != fleet_.runners().end() && runner->second.state == fleet::RunnerState::busy)
    co_return fail(ErrorCode::job_still_running, "the runner has a job, and is left alone");
  co_return Result<void>();
}

// The session, and the scale set itself.

/// Has the listener close its session; what follows is in `after_session_`.
void SetRunner::end_session(std::string const& why) {
  log_.info("closing the session, as an operator asked for",
            {{"name", settings_.name}, {"why", why}});
  listener_->stop();
}

Task<void> SetRunner::reset_session_now() {
  auto const may = may_command();
  if (!may) co_return may;
  if (phase_ != Phase::serving || after_session_ != AfterSession::nothing)
    co_return fail(ErrorCode::conflict, "the scale set has no session that could be closed now");
  int const before = sessions_;
  after_session_ = AfterSession::new_session;
  end_session("a new one is wanted");
  auto const until = ports_.hooks.clock->now().steady + kForAnAnswer;
  while (sessions_ == before) {
    auto const left = until - ports_.hooks.clock->now().steady;
    if (left <= std::chrono::seconds(0))
      co_return fail(ErrorCode::timeout,
                     "no new session is open yet; it is tried on, and the log says what is in the "
                     "way");
    bool const waited = co_await changed_.wait_for(left);
    if (!waited || ended_) co_return fail(ErrorCode::cancelled, "the autoscaler ends");
  }
  co_return Result<void>();
}

Task<void> SetRunner::delete_scale_set_now() {
  auto const may = may_command();
  if (!may) co_return may;
  if (fleet_.suspension() != fleet::Suspension::drained)
    co_return fail(ErrorCode::conflict, "the scale set is not drained; drain it first");
  if (!fleet_.is_empty())
    co_return fail(ErrorCode::conflict,
                   "there are " + std::to_string(fleet_.runners().size()) +
                       " runners of the scale set left, or registrations of some");
  if (phase_ != Phase::serving || after_session_ != AfterSession::nothing)
    co_return fail(ErrorCode::conflict, "the scale set is not served yet; ask for its status");
  after_session_ = AfterSession::deletion;
  deleted_.reset();
  end_session("the scale set is to be deleted");
  while (!deleted_ && !ended_) {
    bool const waited = co_await changed_.wait();
    if (!waited) break;
  }
  if (!deleted_) co_return fail(ErrorCode::cancelled, "the autoscaler ends");
  co_return *deleted_;
}

Task<void> SetRunner::delete_at_service() {
  auto deleted = co_await ports_.client->delete_scale_set(record_.id);
  bool const is_gone = deleted || deleted.error().code == ErrorCode::scale_set_not_found ||
                       deleted.error().code == ErrorCode::not_found;
  if (!is_gone) co_return deleted;
  log_.info("deleted the scale set; it is not served any more",
            {{"name", settings_.name}, {"id", record_.id.value}});
  other_changes_.emplace_back(store::ForgetScaleSet{record_.key});
  auto durable = co_await settled();
  co_return durable;
}

/// The session is closed. Whether another one is to be opened.
Task<bool> SetRunner::begin_again() {
  auto const wanted = std::exchange(after_session_, AfterSession::nothing);
  if (wanted == AfterSession::nothing) co_return false;
  if (wanted == AfterSession::new_session) co_return true;
  auto deleted = co_await delete_at_service();
  deleted_ = deleted;
  stopping_ = stopping_ || deleted.has_value();
  changed_.notify_all();
  co_return !deleted.has_value();
}

}  // namespace scaleset::daemon
