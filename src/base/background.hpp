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
#include <deque>
#include <functional>
#include <limits>
#include <memory>
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
        executor_(own_->get_executor()),
        turns_(std::make_shared<Turns>(std::numeric_limits<std::size_t>::max())) {}
  /// On somebody else's, who outlives this: a thread of the process, or the loop itself in a
  /// simulation. Of its work, `at_most` is there at a time, so that some of those threads are left
  /// to others; the rest waits here, in the order in which it came.
  explicit Background(boost::asio::any_io_executor executor,
                      std::size_t at_most = std::numeric_limits<std::size_t>::max())
      : executor_(std::move(executor)), turns_(std::make_shared<Turns>(at_most)) {}
  Background(Background const&) = delete;
  Background& operator=(Background const&) = delete;
  /// Only while no run() is under way. Waits for work on its own threads that a call did not wait
  /// for any more.
  ~Background() {
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

  /// Of the work that waits for its turn. Used on the loop's thread only, and by answers that may
  /// come after the Background is gone.
  struct Turns {
    explicit Turns(std::size_t most) : at_most(most) {}
    void begin(std::move_only_function<void()> post) {
      if (taken == at_most) {
        waiting.push_back(std::move(post));
        return;
      }
      ++taken;
      post();
    }
    void end() {
      --taken;
      if (waiting.empty()) return;
      auto next = std::move(waiting.front());
      waiting.pop_front();
      begin(std::move(next));
    }
    std::size_t at_most;
    std::size_t taken = 0;
    std::deque<std::move_only_function<void()>> waiting;
  };

  // Two posts and no co_spawn over there: that would queue the result behind all other work.
  template <class T>
  boost::asio::awaitable<std::shared_ptr<Answer<T>>> begin(Work<T> work) {
    auto const executor = co_await boost::asio::this_coro::executor;
    // Without this, a loop that has nothing else to do would end before the answer comes.
    auto const loop =
        boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
    auto answer = std::make_shared<Answer<T>>();
    auto told = [answer, turns = turns_](Result<T> value) {
      answer->value = std::move(value);
      answer->changed.notify_all();
      turns->end();
    };
    auto done = [loop, told = std::move(told)](Work<T>& done_work) mutable {
      Result<T> value = guarded(ErrorCode::backend, "working in the background", done_work);
      boost::asio::post(loop, [told = std::move(told), value = std::move(value)]() mutable {
        told(std::move(value));
      });
    };
    turns_->begin([executor = executor_, done = std::move(done), work = std::move(work)]() mutable {
      boost::asio::post(executor,
                        [done = std::move(done), work = std::move(work)]() mutable { done(work); });
    });
    co_return answer;
  }

  std::optional<boost::asio::thread_pool> own_;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<Turns> turns_;
};

}  // namespace scaleset::base
