#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "scaleset/hooks.hpp"

namespace scaleset::inline v0::async {

/// Owns background coroutines on one executor: none that it spawned outlives join(). Not
/// thread-safe: use it only on the executor's thread.
class TaskScope {
 public:
  /// If `log` is null, exceptions that escape a task are not reported.
  explicit TaskScope(boost::asio::any_io_executor executor, std::shared_ptr<LogSink> log = nullptr);
  TaskScope(TaskScope const&) = delete;
  TaskScope& operator=(TaskScope const&) = delete;
  /// No task may be running any more: await join() before.
  ~TaskScope();

  /// Starts the task from the executor's queue, not inside this call. After request_stop() the task
  /// still starts, and finds itself cancelled. An exception that escapes it is logged as an error
  /// and otherwise ignored.
  void spawn(boost::asio::awaitable<void> task);
  /// Requests terminal cancellation of all tasks.
  void request_stop() noexcept;
  /// Whether request_stop() was called. It cannot be taken back.
  [[nodiscard]] bool stop_requested() const noexcept;
  /// Returns when no task runs any more. Ignores cancellation of the waiting coroutine.
  boost::asio::awaitable<void> join();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scaleset::inline v0::async
