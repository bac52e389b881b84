#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/condition.hpp"
#include "base/guard.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/error.hpp"

namespace scaleset::base {

/// Runs work that waits for a disk on other threads than the loop's: making a runner's folder, or
/// removing the million files of a job, can take minutes, and no poll may wait for that. Work and
/// result are values; nothing is shared with the loop.
class Background {
 public:
  /// On threads of its own.
  explicit Background(std::size_t threads)
      : own_(std::in_place, threads),
        desk_(std::make_shared<Desk>(own_->get_executor(),
                                     std::numeric_limits<std::size_t>::max())) {}
  /// On somebody else's, who outlives this: a thread of the process, or the loop itself in a
  /// simulation. Of its work, `at_most` is there at a time, so that some of those threads are left
  /// to others; the rest waits here, in the order in which it came.
  explicit Background(boost::asio::any_io_executor executor,
                      std::size_t at_most = std::numeric_limits<std::size_t>::max())
      : desk_(std::make_shared<Desk>(std::move(executor), at_most)) {}
  Background(Background const&) = delete;
  Background& operator=(Background const&) = delete;
  /// Only while no run() is under way, and before the loop goes. Waits for work on its own threads
  /// that a call did not wait for any more. Work on somebody else's goes on, and nobody is told.
  ~Background() {
    desk_->close();
    if (own_) own_->join();
  }

  template <class T>
  using Work = std::move_only_function<Result<T>()>;

  /// The work runs to its end even if the waiting coroutine is cancelled, which only requests
  /// `stop`. What it throws becomes an error: backend.
  template <class T>
  boost::asio::awaitable<Result<T>> run(Work<T> work, std::stop_source stop) {
    std::shared_ptr<Answer<T>> const answer = co_await begin<T>(std::move(work));
    while (!answer->value) {
      co_await answer->changed.wait_despite_cancellation();
      bool const cancelled = co_await async::is_cancelled();
      if (cancelled) stop.request_stop();
    }
    co_return std::move(*answer->value);
  }

  /// For work that only looks: if it takes longer, or if the waiting coroutine is cancelled, it
  /// goes on, and its result is forgotten. Errors besides those of the work: timeout, cancelled.
  template <class T>
  boost::asio::awaitable<Result<T>> run_at_most(std::chrono::milliseconds longest, Work<T> work) {
    bool const cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(ErrorCode::cancelled, "cancelled");
    std::shared_ptr<Answer<T>> const answer = co_await begin<T>(std::move(work));
    bool const waited = co_await answer->changed.wait_for(longest);
    if (answer->value) co_return std::move(*answer->value);
    if (!waited) co_return fail(ErrorCode::cancelled, "cancelled");
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(longest).count();
    co_return fail(ErrorCode::timeout, "no answer for " + std::to_string(seconds) + " s");
  }

 private:
  /// Used on the loop's thread only.
  template <class T>
  struct Answer {
    std::optional<Result<T>> value;
    Condition changed;
  };

  /// What the loop shares with the threads that do the work, which may outlive the Background.
  struct Desk {
    Desk(boost::asio::any_io_executor executor, std::size_t most)
        : threads(std::move(executor)), at_most(most) {}

    void begin(std::move_only_function<void()> work) {
      if (taken == at_most) {
        waiting.push_back(std::move(work));
        return;
      }
      ++taken;
      boost::asio::post(threads, std::move(work));
    }
    void end() {
      --taken;
      if (waiting.empty()) return;
      auto next = std::move(waiting.front());
      waiting.pop_front();
      begin(std::move(next));
    }

    struct Call {
      boost::asio::any_io_executor loop;
      std::shared_ptr<void> answer;
    };
    std::uint64_t add(Call call) {
      std::scoped_lock const lock(mutex);
      calls.emplace(++last_call, std::move(call));
      return last_call;
    }
    void close() {
      waiting.clear();
      std::scoped_lock const lock(mutex);
      calls.clear();
    }

    // Used on the loop's thread only.
    boost::asio::any_io_executor threads;
    std::size_t at_most;
    std::size_t taken = 0;
    std::deque<std::move_only_function<void()>> waiting;

    std::mutex mutex;  // for what follows
    std::map<std::uint64_t, Call> calls;
    std::uint64_t last_call = 0;
  };

  // Two posts and no co_spawn over there: that would queue the result behind all other work.
  template <class T>
  boost::asio::awaitable<std::shared_ptr<Answer<T>>> begin(Work<T> work) {
    auto const executor = co_await boost::asio::this_coro::executor;
    // Without this, a loop that has nothing else to do would end before the answer comes.
    auto loop = boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
    auto answer = std::make_shared<Answer<T>>();
    auto const call = desk_->add({std::move(loop), answer});
    desk_->begin([desk = desk_, call, work = std::move(work)]() mutable {
      deliver<T>(desk, call,
                 guarded(ErrorCode::backend, "working in the background", std::move(work)));
    });
    co_return answer;
  }

  /// Posts under the mutex and keeps nothing of the loop: as soon as the loop has the answer, it
  /// and the Background may go.
  template <class T>
  static void deliver(std::shared_ptr<Desk> const& desk, std::uint64_t call, Result<T> value) {
    std::scoped_lock const lock(desk->mutex);
    auto const found = desk->calls.extract(call);
    if (!found) return;
    auto told = [desk,
                 answer = std::static_pointer_cast<Answer<T>>(std::move(found.mapped().answer)),
                 value = std::move(value)]() mutable {
      answer->value = std::move(value);
      answer->changed.notify_all();
      desk->end();
    };
    boost::asio::post(found.mapped().loop, std::move(told));
  }

  std::optional<boost::asio::thread_pool> own_;
  std::shared_ptr<Desk> desk_;
};

}  // namespace scaleset::base
