#include "base/loop_timer.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::base {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

using TimePoint = LoopTimer::TimePoint;

/// Virtual time, and the timers that wait for it, those with the same deadline in the order in
/// which they were set.
struct Timeline {
  Now now{std::chrono::sys_days{std::chrono::January / 1 / 2026},
          TimePoint{std::chrono::hours{1000}}};
  std::multimap<TimePoint, LoopTimer::State*> waiting;

  void move_to(TimePoint when) {
    if (when <= now.steady) return;
    now.wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(when - now.steady);
    now.steady = when;
  }
};

class TimelineClock final : public Clock {
 public:
  explicit TimelineClock(std::shared_ptr<Timeline const> timeline)
      : timeline_(std::move(timeline)) {}
  [[nodiscard]] Now now() const noexcept override { return timeline_->now; }

 private:
  std::shared_ptr<Timeline const> timeline_;
};

/// What an io_context knows of time.
class LoopTime final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;
  explicit LoopTime(asio::execution_context& context) : service(context) {}

  static LoopTime& of(asio::any_io_executor const& executor) {
    return asio::use_service<LoopTime>(asio::query(executor, asio::execution::context));
  }
  [[nodiscard]] Now now() const {
    return timeline ? timeline->now
                    : Now{std::chrono::system_clock::now(), std::chrono::steady_clock::now()};
  }

  std::shared_ptr<Timeline> timeline;  // null: real time

 private:
  void shutdown() override { timeline.reset(); }
};

class LoopClock final : public Clock {
 public:
  explicit LoopClock(asio::any_io_executor const& executor) : time_(LoopTime::of(executor)) {}
  [[nodiscard]] Now now() const noexcept override { return time_.now(); }

 private:
  LoopTime& time_;
};

}  // namespace

/// Under virtual time there is no timer of Asio, because a loop that has one asks the kernel for
/// news all the time. Those who wait then wait for a channel into which nothing is ever sent. Their
/// waits are cancelled when the virtual time comes, and `fired` tells them that this cancellation
/// was the expiry.
struct LoopTimer::State {
  using Channel = asio::experimental::channel<void(error_code)>;

  explicit State(asio::any_io_executor const& executor)
      : timeline(LoopTime::of(executor).timeline) {
    if (timeline) {
      channel = std::make_unique<Channel>(executor);
    } else {
      timer.emplace(executor, TimePoint::max());
    }
  }
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State() { leave_timeline(); }

  [[nodiscard]] TimePoint now() const {
    return timeline ? timeline->now.steady : std::chrono::steady_clock::now();
  }
  void expires_at(TimePoint when);
  void leave_timeline();
  /// Ends every wait.
  void cancel();
  /// Virtual time only: the deadline has come.
  void fire();

  std::shared_ptr<Timeline> timeline;       // null: real time
  std::optional<asio::steady_timer> timer;  // real time only
  std::unique_ptr<Channel> channel;         // virtual time only; there are thousands of real timers
  std::multimap<TimePoint, State*>::iterator place{};
  bool on_timeline = false;
  /// One for each time the timer was set, shared with those who waited for that time: a timer that
  /// is set anew must not change what an earlier wait reports. Null: real time.
  std::shared_ptr<bool> fired;
};

void LoopTimer::State::expires_at(TimePoint when) {
  if (!timeline) {
    timer->expires_at(when);
    return;
  }
  leave_timeline();
  cancel();
  fired = std::make_shared<bool>(when <= timeline->now.steady);
  if (*fired || when == TimePoint::max()) return;
  place = timeline->waiting.emplace(when, this);
  on_timeline = true;
}

void LoopTimer::State::leave_timeline() {
  if (std::exchange(on_timeline, false)) timeline->waiting.erase(place);
}

void LoopTimer::State::cancel() {
  if (timer) timer->cancel();
  if (channel) channel->cancel();
}

void LoopTimer::State::fire() {
  leave_timeline();
  *fired = true;
  cancel();
}

LoopTimer::LoopTimer(asio::any_io_executor const& executor)
    : state_(std::make_shared<State>(executor)) {}

LoopTimer::~LoopTimer() { cancel(); }

void LoopTimer::expires_at(TimePoint when) { state_->expires_at(when); }

void LoopTimer::expires_after(Duration duration) {
  TimePoint const now = state_->now();
  expires_at(duration > TimePoint::max() - now ? TimePoint::max() : now + duration);
}

void LoopTimer::cancel() {
  // A timer that has fired stays so for those who are about to hear of it.
  state_->leave_timeline();
  state_->cancel();
}

asio::awaitable<bool> LoopTimer::wait() {
  std::shared_ptr<State> const state = state_;
  std::shared_ptr<bool> const fired = state->fired;
  error_code error;
  if (fired && *fired) {
    // As with real time, a wait that is over at once still lets others run.
    co_await asio::post(asio::redirect_error(asio::use_awaitable, error));
    co_return true;
  }
  if (state->channel) {
    co_await state->channel->async_receive(asio::redirect_error(asio::use_awaitable, error));
    co_return fired && *fired;
  }
  co_await state->timer->async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

void LoopTimer::on_expiry(std::function<void()> then) {
  std::shared_ptr<bool> const fired = state_->fired;
  if (state_->timer) {
    state_->timer->async_wait([then = std::move(then)](error_code error) {
      if (!error) then();
    });
  } else if (fired && *fired) {
    asio::post(state_->channel->get_executor(), std::move(then));
  } else {
    state_->channel->async_receive([fired, then = std::move(then)](error_code) {
      if (fired && *fired) then();
    });
  }
}

Now loop_now(asio::any_io_executor const& executor) { return LoopTime::of(executor).now(); }

std::shared_ptr<Clock> loop_clock(asio::any_io_executor const& executor) {
  return std::make_shared<LoopClock>(executor);
}

}  // namespace scaleset::base

namespace scaleset::inline v0::async {
namespace asio = boost::asio;
using TimePoint = std::chrono::steady_clock::time_point;

asio::awaitable<bool> sleep_for(std::chrono::steady_clock::duration duration) {
  bool const cancelled_before = co_await is_cancelled();
  if (cancelled_before) co_return false;
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  base::LoopTimer timer(executor);
  timer.expires_after(duration);
  bool const whole = co_await timer.wait();
  // The time may have run out in the same turn as the cancellation: what was asked for counts.
  bool const cancelled_since = co_await is_cancelled();
  co_return whole && !cancelled_since;
}

asio::awaitable<bool> is_cancelled() {
  asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return (state.cancelled() & asio::cancellation_type::terminal) !=
      asio::cancellation_type::none;
}

struct VirtualTime::Impl {
  explicit Impl(asio::io_context& the_context)
      : context(the_context), time(base::LoopTime::of(the_context.get_executor())) {
    if (time.timeline) throw std::logic_error("the io_context has a VirtualTime already");
    time.timeline = timeline;
  }
  ~Impl() { time.timeline.reset(); }

  void run_ready() const {
    if (context.get_executor().running_in_this_thread())
      throw std::logic_error("VirtualTime was moved from within a handler of its io_context");
    context.restart();
    context.poll();
  }
  /// All that wait for this moment, and what they cause.
  void reach(TimePoint when) const {
    timeline->move_to(when);
    for (auto first = timeline->waiting.begin();
         first != timeline->waiting.end() && first->first <= timeline->now.steady;
         first = timeline->waiting.begin()) {
      first->second->fire();
      run_ready();
    }
  }

  asio::io_context& context;
  base::LoopTime& time;
  std::shared_ptr<base::Timeline> timeline = std::make_shared<base::Timeline>();
};

VirtualTime::VirtualTime(asio::io_context& context) : impl_(std::make_unique<Impl>(context)) {}
VirtualTime::~VirtualTime() = default;

void VirtualTime::advance(std::chrono::steady_clock::duration by) {
  impl_->run_ready();
  TimePoint const end = impl_->timeline->now.steady + by;
  for (auto due = next(); due && *due <= end; due = next()) impl_->reach(*due);
  impl_->timeline->move_to(end);
}

bool VirtualTime::advance_to_next() {
  impl_->run_ready();
  auto const due = next();
  if (due) impl_->reach(*due);
  return due.has_value();
}

void VirtualTime::leap(std::chrono::steady_clock::duration by) {
  impl_->run_ready();
  impl_->reach(impl_->timeline->now.steady + by);
}

std::optional<TimePoint> VirtualTime::next() const {
  auto const& waiting = impl_->timeline->waiting;
  if (waiting.empty()) return std::nullopt;
  return waiting.begin()->first;
}

std::shared_ptr<Clock> VirtualTime::clock() const {
  return std::make_shared<base::TimelineClock>(impl_->timeline);
}

}  // namespace scaleset::inline v0::async
