#include "listener/blocking_run.hpp"

#include <utility>

#include "base/signal.hpp"

namespace scaleset {
namespace {

namespace asio = boost::asio;

/// Where a coroutine waits for what the caller's thread has to say. The loop's.
struct Answer {
  base::Signal arrived;
  std::optional<Result<void>> result;
};

}  // namespace

BlockingRun::BlockingRun(Runtime& runtime, async::Client& client, Listener::Options options,
                         std::atomic<int> const& max_runners, Scaler& scaler)
    : runtime_(runtime),
      client_(client),
      options_(std::move(options)),
      max_runners_(max_runners),
      scaler_(scaler),
      scale_set_(options_.scale_set.id) {}

BlockingRun::~BlockingRun() {
  // Behind everything that was posted to the loop with `this` in it.
  runtime_.run_on_loop([this] { listener_.reset(); });
}

Result<void> BlockingRun::run(std::stop_token stop) {
  if (stop.stop_requested()) return {};
  runtime_.run_on_loop([this] { start(); });
  {
    auto stop_listening = [this] { this->stop_listening(); };
    std::stop_callback const on_stop(std::move(stop), std::move(stop_listening));
    while (auto const work = next()) (*work)();
  }
  if (thrown_) std::rethrow_exception(thrown_);
  return std::move(outcome_);
}

void BlockingRun::capacity_changed() {
  asio::post(runtime_.executor(), [this] {
    if (listener_) listener_->capacity_changed();
  });
}

// ---- On the loop

void BlockingRun::start() {
  async::Listener::Options options;
  options.scale_set = options_.scale_set.id;
  options.owner = options_.owner;
  options.previous_session = options_.previous_session;
  options.on_session = [this](std::string const& id) {
    hand_over([this, id] {
      (void)guarded([this, &id] {
        scaler_.on_session(id);
        return Result<void>();
      });
    });
  };
  options.hooks = options_.hooks;
  listener_ =
      std::make_unique<async::Listener>(runtime_.executor(), client_, *this, std::move(options));
  asio::co_spawn(runtime_.executor(), listener_->run(),
                 [this](std::exception_ptr error, Result<void> result) {
                   ended(std::move(error), std::move(result));
                 });
}

void BlockingRun::ended(std::exception_ptr error, Result<void> result) {
  std::lock_guard const lock(mutex_);
  outcome_ = std::move(result);
  over_ = true;
  if (error) work_.emplace_back([error] { std::rethrow_exception(error); });
  changed_.notify_one();
}

Task<void> BlockingRun::apply(Message message) {
  Call call = [this, message = std::move(message)] { return handle(message); };
  co_return co_await on_callers_thread(std::move(call));
}

Task<void> BlockingRun::quarantine(Message message) {
  Call call = [this, message = std::move(message)] {
    scaler_.on_quarantined(message);
    return Result<void>();
  };
  co_return co_await on_callers_thread(std::move(call));
}

Task<void> BlockingRun::idle() {
  Call call = [this] { return ask_for_desired_count(); };
  co_return co_await on_callers_thread(std::move(call));
}

Task<ScaleSetId> BlockingRun::replace_scale_set() {
  auto scale_set = co_await find_or_create();
  if (!scale_set) co_return std::unexpected(scale_set.error());
  Call call = [this, &scale_set] { return replaced(*scale_set); };
  auto told = co_await on_callers_thread(std::move(call));
  if (!told) co_return std::unexpected(told.error());
  co_return scale_set->id;
}

Task<ScaleSet> BlockingRun::find_or_create() {
  auto const& lost = options_.scale_set;
  auto found = co_await client_.find_scale_set(lost.group, lost.name);
  if (!found) co_return std::unexpected(found.error());
  if (*found) co_return **std::move(found);
  co_return co_await client_.create_scale_set(lost);
}

Task<void> BlockingRun::on_callers_thread(Call call) {
  auto answer = std::make_shared<Answer>();
  hand_over([this, answer, call = std::move(call)]() mutable {
    auto arrive = [answer = std::move(answer), result = guarded(call)]() mutable {
      answer->result = std::move(result);
      answer->arrived.notify_all();
    };
    asio::post(runtime_.executor(), std::move(arrive));
  });
  // The Scaler is not interrupted, so a cancellation only starts the wait anew.
  while (!answer->result) {
    co_await answer->arrived.wait_despite_cancellation();
  }
  co_return *std::move(answer->result);
}

void BlockingRun::hand_over(Work work) {
  std::lock_guard const lock(mutex_);
  work_.push_back(std::move(work));
  changed_.notify_one();
}

// ---- On the caller's thread

std::optional<BlockingRun::Work> BlockingRun::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return over_ || !work_.empty(); });
  if (work_.empty()) return std::nullopt;
  auto work = std::move(work_.front());
  work_.pop_front();
  return work;
}

void BlockingRun::stop_listening() {
  asio::post(runtime_.executor(), [this] { listener_->stop(); });
}

Result<void> BlockingRun::guarded(Call const& call) {
  try {
    if (!thrown_) return call();
  } catch (...) {
    thrown_ = std::current_exception();
    stop_listening();
  }
  return fail(ErrorCode::cancelled, "the Scaler threw an exception; the listener stops");
}

Result<void> BlockingRun::handle(Message const& message) {
  if (message.statistics) assigned_jobs_ = message.statistics->assigned_jobs;
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
  if (!assigned_jobs_) return {};
  auto const desired = scaler_.on_desired_runner_count(*assigned_jobs_);
  if (!desired) return std::unexpected(desired.error());
  if (options_.hooks.metrics) options_.hooks.metrics->on_desired_runners(scale_set_, *desired);
  return {};
}

Result<void> BlockingRun::replaced(ScaleSet const& scale_set) {
  scale_set_ = scale_set.id;
  return scaler_.on_scale_set_replaced(scale_set);
}

}  // namespace scaleset
