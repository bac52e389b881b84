#include <algorithm>
#include <utility>

#include "base/backoff.hpp"
#include "daemon/set_runner.hpp"
#include "protocol/machines/listener_patience.hpp"
#include "scaleset/async/timer.hpp"

/// What changes while a scale set is served: its settings, its schedule, its share of a budget.
namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

/// Clocks are set while a schedule waits.
constexpr std::chrono::minutes kLongestWait{1};

}  // namespace

void SetRunner::change(SetSettings settings) {
  auto const change = change_between(settings_, settings);
  bool const had_budget = !settings_.budget.name.empty();
  settings.list_interval = settings_.list_interval;
  settings_ = std::move(settings);
  if (ended_) return;
  if (change.limits) apply_limits();
  if (had_budget && settings_.budget.name.empty()) give(std::nullopt);
  // Until the budget was divided, which is at once, it keeps what it has: with less, the poll that
  // is held would be cut, and the next one would offer nothing for as long as it is held.
  if (!had_budget && !settings_.budget.name.empty())
    give(fleet::Share{fleet_.used(), std::max(fleet_.used(), fleet_.capacity())});
  if (change.runners) feed(fleet::TemplateChanged{});
  if (phase_ == Phase::starting) return;  // serve() looks at what follows
  schedule_changed_.notify_all();
  if (!has_schedule_ && !settings_.schedule.empty()) {
    has_schedule_ = true;
    tasks_.spawn(keep_schedule());
  }
  if (!change.labels || !enrolled_) return;  // the enrolment compares them
  compare_again_ = true;
  if (!std::exchange(comparing_, true)) tasks_.spawn(enrol_anew());
}

/// Compares the scale set at the service with the settings again, and changes it.
asio::awaitable<void> SetRunner::enrol_anew() {
  for (int failures = 0; compare_again_ && !stopping_ && !tasks_.stop_requested();) {
    compare_again_ = false;
    auto const enrolled = co_await find_or_create();
    if (enrolled) {
      failures = 0;
      note_scale_set(*enrolled);
      continue;
    }
    compare_again_ = true;
    auto const delay =
        base::backoff_delay(protocol::patience(enrolled.error()), failures, *ports_.hooks.random);
    report_unserved(enrolled.error(), delay);
    ++failures;
    bool const waited = co_await hurry_.wait_for(delay);
    if (!waited) break;
  }
  comparing_ = false;
}

// The schedule.

asio::awaitable<void> SetRunner::keep_schedule() {
  while (!tasks_.stop_requested() && !ended_) {
    auto const longest = apply_limits();
    co_await schedule_changed_.wait_for(longest);
  }
}

/// Tells the fleet the limits that are in force now. Returns how long nothing changes.
base::Condition::Duration SetRunner::apply_limits() {
  auto const now = std::chrono::floor<std::chrono::seconds>(ports_.hooks.clock->now().wall);
  auto in_force = settings_.schedule.at(now);
  fleet::Options options = settings_.fleet;
  options.name_prefix = runner_name_prefix(settings_.name);
  options = fleet::with_limits(std::move(options), in_force.limits);
  if (fleet_.options() != options) feed(fleet::OptionsChanged{std::move(options)});
  auto const longest = std::clamp<base::Condition::Duration>(in_force.until - now,
                                                             std::chrono::seconds(1), kLongestWait);
  in_force_.reset();
  if (!settings_.schedule.empty()) in_force_ = std::move(in_force);
  return longest;
}

// The budget.

/// A poll is cut for a share that offers less, and for one that jobs wait for. Otherwise it would
/// be cut whenever it is another scale set's turn to offer a runner.
void SetRunner::give(std::optional<fleet::Share> share) {
  auto const& has = fleet_.share();
  bool const is_new = !share || !has;
  bool const less =
      !is_new && (share->may_offer < has->may_offer || share->may_have < has->may_have);
  bool const awaited = !is_new && fleet_.wanted() > fleet_.used();
  next_share_.reset();
  if (share == has) return;
  if (is_new || less || awaited || !has_session_)
    feed(fleet::ShareGiven{share});
  else
    next_share_ = share;
}

/// No poll is under way. The listener, which asks for the capacity, need not be told of it.
void SetRunner::take_share() {
  if (!next_share_) return;
  telling_capacity_ = true;
  feed(fleet::ShareGiven{std::exchange(next_share_, std::nullopt)});
  telling_capacity_ = false;
}

BudgetNeeds SetRunner::needs() const {
  BudgetNeeds needs;
  bool const has_looked = phase_ != Phase::starting && backend_;
  needs.max = fleet_.options().max_runners;
  needs.used = has_looked ? fleet_.used() : static_cast<int>(record_.runners.size());
  needs.needed = has_looked && !ended_ ? fleet_.needed() : needs.used;
  needs.wanted = ended_ ? needs.used : fleet_.wanted();
  needs.takes_jobs = !ended_ && fleet_.takes_jobs();
  needs.listens = !ended_ && has_session_;
  return needs;
}

}  // namespace scaleset::daemon
