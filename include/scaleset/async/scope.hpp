#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "scaleset/hooks.hpp"

namespace scaleset::async {

/// Owns background coroutines on one executor: nothing it spawned outlives join(). The only place
/// that spawns detached. One thread: the executor's.
class TaskScope {
 public:
  /// `log` null: exceptions that escape a task are not reported.
  explicit TaskScope(boost::asio::any_io_executor executor, std::shared_ptr<LogSink> log = nullptr);
  TaskScope(TaskScope const&) = delete;
  TaskScope& operator=(TaskScope const&) = delete;
  /// Nothing may run any more: await join() before.
  ~TaskScope();

  /// Starts the task from the executor's queue, not inside this call. After request_stop() the task
  /// still starts, and finds itself cancelled. An exception that escapes it is logged as an error
  /// and otherwise ignored.
  void spawn(boost::asio::awaitable<void> task);
  /// Terminal cancellation for everything inside.
  void request_stop() noexcept;
  /// After request_stop(), for good.
  [[nodiscard]] bool stop_requested() const noexcept;
  /// Returns when nothing runs any more. Ignores cancellation of the waiting coroutine.
  boost::asio::awaitable<void> join();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scaleset::async
