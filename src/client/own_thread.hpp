#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "base/condition.hpp"
#include "base/guard.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::client {

/// Shared by a function of the user's that runs on a thread of its own and the coroutine that waits
/// for it. After abandon() the thread uses neither the executor nor the condition: both may be
/// gone.
class OwnThread : public std::enable_shared_from_this<OwnThread> {
 public:
  OwnThread(boost::asio::any_io_executor executor, base::Condition& ended)
      : executor_(std::move(executor)), ended_(&ended) {}
  OwnThread(OwnThread const&) = delete;
  OwnThread& operator=(OwnThread const&) = delete;

  /// Runs `work`, which must not throw, on a new thread that nobody joins: joining would block the
  /// loop for as long as the user's function takes. Errors: io, if the system has no more threads.
  [[nodiscard]] Result<void> start(std::string_view who, std::function<void()> work);
  [[nodiscard]] bool ended();
  void abandon();

 private:
  void end();
  void wake();

  std::mutex mutex_;
  boost::asio::any_io_executor executor_;
  base::Condition* ended_;  // set to null on the loop's thread only
  bool has_ended_ = false;
};

/// Calls `function`, which may block, on a thread of its own, and waits without blocking the
/// executor. `who` names it in error texts. What it throws becomes an error (`network`, so that it
/// is tried again: its cause is not known). When cancelled, returns at once; the function is left
/// to finish, its late answer is dropped, and what it owns lives until then.
template <class T>
Task<T> call_on_own_thread(boost::asio::any_io_executor executor, std::string_view who,
                           std::function<Result<T>()> function) {
  struct AbandonAtEnd {
    explicit AbandonAtEnd(OwnThread& the_thread) : thread(the_thread) {}
    AbandonAtEnd(AbandonAtEnd const&) = delete;
    AbandonAtEnd& operator=(AbandonAtEnd const&) = delete;
    ~AbandonAtEnd() { thread.abandon(); }
    OwnThread& thread;
  };
  base::Condition ended;
  auto const thread = std::make_shared<OwnThread>(std::move(executor), ended);
  auto const result = std::make_shared<std::optional<Result<T>>>();
  AbandonAtEnd const at_end(*thread);
  auto started = thread->start(who, [who, result, function = std::move(function)] {
    result->emplace(base::guarded(ErrorCode::network, who, function));
  });
  if (!started) co_return std::unexpected(std::move(started.error()));
  while (!thread->ended()) {
    bool const awake = co_await ended.wait();
    if (!awake)
      co_return fail(ErrorCode::cancelled, "cancelled while waiting for " + std::string(who));
  }
  co_return *std::move(*result);
}

}  // namespace scaleset::client
