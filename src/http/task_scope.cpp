#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <map>
#include <utility>
#include <vector>

#include "base/condition.hpp"
#include "base/log.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::inline v0::async {
namespace asio = boost::asio;
namespace {

struct Entry {
  asio::cancellation_signal signal;
  bool started = false;  // until then a signal would be lost
  bool told_to_stop = false;

  void stop() {
    if (!started || std::exchange(told_to_stop, true)) return;
    signal.emit(asio::cancellation_type::terminal);
  }
};
using EntryPointer = std::shared_ptr<Entry>;

std::string describe(std::exception_ptr const& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (std::exception const& error) {
    return error.what();
  } catch (...) {
    return "not a std::exception";
  }
}

}  // namespace

struct TaskScope::Impl : std::enable_shared_from_this<TaskScope::Impl> {
  Impl(asio::any_io_executor on, std::shared_ptr<LogSink> sink)
      : executor(std::move(on)), log(std::move(sink), "task") {}

  void spawn(asio::awaitable<void> task);
  void start(std::uint64_t id, asio::awaitable<void> task);
  asio::awaitable<void> run(EntryPointer entry, asio::awaitable<void> task);
  void finish(std::uint64_t id, std::exception_ptr const& exception);
  void request_stop();
  void stop_all();
  asio::awaitable<void> join();

  asio::any_io_executor executor;
  base::Logger log;
  base::Condition idle;                           // the last task has ended
  std::map<std::uint64_t, EntryPointer> running;  // in order of spawning
  std::uint64_t next_id = 0;
  bool stopping = false;
};

void TaskScope::Impl::spawn(asio::awaitable<void> task) {
  std::uint64_t const id = next_id++;
  running.emplace(id, std::make_shared<Entry>());
  // Post, so that co_spawn runs on the executor's thread and the task starts before anything can
  // cancel it. Asio drops a task that is cancelled earlier without running it.
  asio::post(executor, [self = shared_from_this(), id, task = std::move(task)]() mutable {
    self->start(id, std::move(task));
  });
}

void TaskScope::Impl::start(std::uint64_t id, asio::awaitable<void> task) {
  EntryPointer const entry = running.at(id);
  auto on_end = [self = shared_from_this(), id, entry](std::exception_ptr exception) {
    self->finish(id, exception);
  };
  asio::co_spawn(executor, run(entry, std::move(task)),
                 asio::bind_cancellation_slot(entry->signal.slot(), std::move(on_end)));
}

asio::awaitable<void> TaskScope::Impl::run(EntryPointer entry, asio::awaitable<void> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  entry->started = true;
  if (stopping) entry->stop();
  co_await std::move(task);
}

void TaskScope::Impl::finish(std::uint64_t id, std::exception_ptr const& exception) {
  if (exception) {
    std::string const text = describe(exception);
    log.error("a background task ended with an exception", {{"error", text}});
  }
  running.erase(id);
  if (running.empty()) idle.notify_all();
}

void TaskScope::Impl::request_stop() {
  stopping = true;
  // Emit the signals on the executor's thread only. On another thread, co_spawn would queue a raw
  // pointer to its own state, and the task may have ended when that is used.
  asio::dispatch(executor, [self = shared_from_this()] { self->stop_all(); });
}

void TaskScope::Impl::stop_all() {
  // Go through a copy, because a task that is woken by its signal may end, or spawn others.
  std::vector<EntryPointer> entries;
  entries.reserve(running.size());
  for (auto const& [id, entry] : running) entries.push_back(entry);
  for (EntryPointer const& entry : entries) entry->stop();
}

asio::awaitable<void> TaskScope::Impl::join() {
  // Wait even if the caller is cancelled, and restore its setting afterwards.
  bool const throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!running.empty()) {
    co_await idle.wait_despite_cancellation();
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
}

TaskScope::TaskScope(asio::any_io_executor executor, std::shared_ptr<LogSink> log)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(log))) {}

TaskScope::~TaskScope() {
  if (!impl_->running.empty()) {
    impl_->log.error("a task scope was destroyed before its tasks had ended",
                     {{"tasks", static_cast<std::int64_t>(impl_->running.size())}});
  }
}

void TaskScope::spawn(asio::awaitable<void> task) { impl_->spawn(std::move(task)); }
void TaskScope::request_stop() noexcept { impl_->request_stop(); }
bool TaskScope::stop_requested() const noexcept { return impl_->stopping; }
asio::awaitable<void> TaskScope::join() {
  std::shared_ptr<Impl> const kept = impl_;
  co_await kept->join();
}

}  // namespace scaleset::inline v0::async
