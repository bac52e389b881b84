#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/loop_timer.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/options.hpp"

namespace scaleset {

class Runtime;

/// Of the clients that were given none; ends with the last of them. One for all, so that those that
/// are alike share a token source (ADR 19).
[[nodiscard]] std::shared_ptr<Runtime> common_runtime();

/// One thread that runs one loop. Everything that belongs to the loop is made, used and destroyed
/// on its thread; the methods here are the only way in for others.
class Runtime {
 public:
  Runtime();
  Runtime(Runtime const&) = delete;
  Runtime& operator=(Runtime const&) = delete;
  ~Runtime();

  [[nodiscard]] boost::asio::any_io_executor executor() noexcept { return context_.get_executor(); }
  /// Runs `work` on the loop's thread and waits for it.
  void run_on_loop(std::function<void()> work);
  /// Runs a coroutine on the loop and waits for its result; `options` end it with cancelled or
  /// timeout.
  template <class T>
  Result<T> wait(std::function<Task<T>()> make_task, CallOptions options);

 private:
  template <class T>
  struct Call;
  template <class T>
  static boost::asio::awaitable<void> perform(std::shared_ptr<Call<T>> call);

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_{
      context_.get_executor()};
  std::thread thread_;
};

template <class T>
struct Runtime::Call {
  Call(boost::asio::io_context& context, std::function<Task<T>()> make)
      : make_task(std::move(make)), timer(context.get_executor()) {}
  std::function<Task<T>()> make_task;
  base::LoopTimer timer;
  boost::asio::cancellation_signal cancel;
  bool timed_out = false;
  std::promise<Result<T>> promise;
};

template <class T>
boost::asio::awaitable<void> Runtime::perform(std::shared_ptr<Call<T>> call) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  auto result = co_await call->make_task();
  call->timer.cancel();
  bool const cancelled = !result && result.error().code == ErrorCode::cancelled;
  if (cancelled && call->timed_out) {
    // What the service answered before stays in it.
    result.error().code = ErrorCode::timeout;
    result.error().message = "the call took longer than its CallOptions::timeout allows (" +
                             result.error().message + ")";
  }
  call->promise.set_value(std::move(result));
}

template <class T>
Result<T> Runtime::wait(std::function<Task<T>()> make_task, CallOptions options) {
  auto call = std::make_shared<Call<T>>(context_, std::move(make_task));
  auto future = call->promise.get_future();
  auto begin = [this, call, timeout = options.timeout] {
    if (timeout) {
      call->timer.expires_after(*timeout);
      call->timer.on_expiry([call] {
        call->timed_out = true;
        call->cancel.emit(boost::asio::cancellation_type::terminal);
      });
    }
    auto completed = [call](std::exception_ptr error) {
      if (error) call->promise.set_exception(error);
    };
    boost::asio::co_spawn(context_, perform<T>(call),
                          boost::asio::bind_cancellation_slot(call->cancel.slot(), completed));
  };
  boost::asio::post(context_, std::move(begin));
  auto cancel = [this, call] {
    boost::asio::post(context_,
                      [call] { call->cancel.emit(boost::asio::cancellation_type::terminal); });
  };
  std::stop_callback const on_stop(std::move(options.stop), std::move(cancel));
  return future.get();
}

}  // namespace scaleset
