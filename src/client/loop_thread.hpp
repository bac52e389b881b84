#pragma once

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/loop_timer.hpp"
#include "base/seconds.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/options.hpp"

namespace scaleset::client {

/// A coroutine that a LoopThread runs for another thread, which waits for its result.
template <class T>
struct LoopCall {
  LoopCall(boost::asio::any_io_executor const& executor, std::function<Task<T>()> make)
      : make_task(std::move(make)), timer(executor) {}
  std::function<Task<T>()> make_task;
  base::LoopTimer timer;
  boost::asio::cancellation_signal cancel;
  bool timed_out = false;
  std::promise<Result<T>> promise;
};

/// A thread that runs a loop. Everything that belongs to the loop is made, used and destroyed
/// on its thread; the methods here are the only way in for others (ADR 6).
class LoopThread {
 public:
  /// If the thread cannot be started, problem() says why.
  LoopThread();
  LoopThread(LoopThread const&) = delete;
  LoopThread& operator=(LoopThread const&) = delete;
  /// Waits until the loop has nothing left to do. On the loop's own thread it cannot wait: the
  /// thread then ends by itself.
  ~LoopThread();

  [[nodiscard]] boost::asio::any_io_executor executor() const noexcept {
    return loop_->get_executor();
  }
  /// Why there is no thread: the system has no threads or descriptors left. Null: there is one.
  /// Nothing else may be called if there is none.
  [[nodiscard]] Error const* problem() const noexcept { return problem_ ? &*problem_ : nullptr; }
  /// Whether the calling thread is the loop's.
  [[nodiscard]] bool is_this_thread() const noexcept;
  /// Runs `work` on the loop's thread and waits for it; on that thread, runs it directly. Throws
  /// what `work` throws.
  void run_on_loop(std::function<void()> const& work);
  /// Runs the coroutine that `make_task` returns (a Task<T>) on the loop and waits for its
  /// Result<T>. `options` end it with cancelled or timeout. Errors: invalid_argument, if called on
  /// the loop's own thread; `method` is named in its text. Throws what the coroutine throws.
  template <class Make>
  auto wait(std::string_view method, CallOptions options, Make make_task);

 private:
  template <class T>
  static boost::asio::awaitable<void> perform(std::shared_ptr<LoopCall<T>> call);
  [[nodiscard]] static Error on_own_thread(std::string_view method);

  // The thread shares it: a LoopThread that is destroyed on its own thread is gone before the loop.
  std::shared_ptr<boost::asio::io_context> loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::thread thread_;
  std::optional<Error> problem_;
};

template <class T>
boost::asio::awaitable<void> LoopThread::perform(std::shared_ptr<LoopCall<T>> call) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  auto result = co_await call->make_task();
  call->timer.cancel();
  bool const cancelled = !result && result.error().code == ErrorCode::cancelled;
  if (cancelled && call->timed_out) {
    // Only code and text change: what the service answered before stays in the error.
    result.error().code = ErrorCode::timeout;
    result.error().message = "the call took longer than its CallOptions::timeout allows (" +
                             result.error().message + ")";
  }
  call->promise.set_value(std::move(result));
}

template <class Make>
auto LoopThread::wait(std::string_view method, CallOptions options, Make make_task) {
  using Outcome = typename std::invoke_result_t<Make>::value_type;
  using T = typename Outcome::value_type;
  if (is_this_thread()) return Outcome(std::unexpect, on_own_thread(method));
  auto call = std::make_shared<LoopCall<T>>(executor(), std::move(make_task));
  auto future = call->promise.get_future();
  auto begin = [this, call, timeout = options.timeout] {
    auto const expire = [call] {
      call->timed_out = true;
      call->cancel.emit(boost::asio::cancellation_type::terminal);
    };
    bool const no_time = timeout && timeout->count() <= 0;
    if (timeout && !no_time) {
      // A time that cannot be added to a date would overflow; callers write such for "no limit".
      call->timer.expires_after(std::min<std::chrono::milliseconds>(*timeout, base::kLongestTime));
      call->timer.on_expiry(expire);
    }
    auto completed = [call](std::exception_ptr error) {
      if (error) call->promise.set_exception(error);
    };
    try {
      boost::asio::co_spawn(*loop_, perform<T>(call),
                            boost::asio::bind_cancellation_slot(call->cancel.slot(), completed));
    } catch (...) {  // no memory for the coroutine; its caller must not wait for ever
      call->promise.set_exception(std::current_exception());
    }
    // With a timer, a fast answer could come first.
    if (no_time) expire();
  };
  boost::asio::post(*loop_, std::move(begin));
  auto cancel = [this, call] {
    boost::asio::post(*loop_,
                      [call] { call->cancel.emit(boost::asio::cancellation_type::terminal); });
  };
  std::stop_callback const on_stop(std::move(options.stop), std::move(cancel));
  return future.get();
}

}  // namespace scaleset::client
