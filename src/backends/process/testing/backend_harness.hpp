#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "backends/process/instance_record.hpp"
#include "backends/process/process_backend.hpp"
#include "base/files.hpp"

namespace scaleset::backends {

/// Keeps what was logged, as text.
class LogText : public LogSink {
 public:
  [[nodiscard]] bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogRecord const& record) noexcept override;
  std::string text;
};

/// A process backend on a loop of its own, in a fresh folder, whose runners are shell scripts.
/// Each wait is for an event, and lasts twenty seconds at most.
class BackendHarness {
 public:
  /// `script` becomes bin/Runner.Listener of the runner folder.
  explicit BackendHarness(std::string const& script);
  ~BackendHarness();

  /// Makes `name` another program of the runner folder, as a shell script.
  void add_program(std::string const& name, std::string const& script);
  /// Creates the backend; may be called again after let_go().
  void make(std::chrono::milliseconds stop_grace = std::chrono::hours(1));
  /// Detaches from all runners and destroys the backend, as a restart of the daemon does.
  void let_go();

  Result<std::string> start(std::string const& name);
  /// Cancels the start before the loop has done anything for it.
  Result<std::string> start_cancelled(std::string const& name);
  /// Begins a start without waiting for it; await() or run_until() go on with it.
  void begin_start(std::string const& name, std::optional<Result<std::string>>* result);
  /// Cancels the last start that was begun.
  void cancel_start() { begun_.back().emit(boost::asio::cancellation_type::terminal); }
  void stop(std::string const& name, StopMode mode);
  std::vector<Instance> list();
  /// Looks again and again until there is no instance of ours. False if that took too long.
  bool wait_until_none_is_left();

  /// Runs the loop until there are `count` events. False if that took too long.
  bool wait_for_events(std::size_t count);
  /// Runs the loop until the last event is an `exited`, and returns it.
  InstanceEvent wait_for_exit();
  bool run_until(std::function<bool()> const& condition);

  /// What start() starts.
  [[nodiscard]] InstanceSpec spec(std::string const& name) const;
  /// A record of ours, without a process.
  [[nodiscard]] InstanceRecord record() const;
  /// A template of the release folder.
  [[nodiscard]] std::shared_ptr<Template const> what() const;
  [[nodiscard]] std::filesystem::path path(std::string const& relative) const;
  [[nodiscard]] std::string file(std::string const& relative) const;
  /// Whether nothing of any runner is left in the work folder.
  [[nodiscard]] bool is_clean() const;

  base::OwnerKey owner = base::OwnerKey::make("https://github.com/org", "default", "linux").value();
  std::string work = "work";             // the work folder of the next make()
  std::vector<std::string> old_runners;  // in "work", if that is another folder
  std::shared_ptr<LogText> log = std::make_shared<LogText>();
  std::vector<InstanceEvent> events;
  std::shared_ptr<SharedLook> looks;  // of the next make()
  std::unique_ptr<Backend> backend;

 private:
  // A signal is for one coroutine, and outlives it.
  std::list<boost::asio::cancellation_signal> begun_;

 public:
  boost::asio::io_context context{1};
  DiskThreads disk;  // goes before its loop

  /// Runs the loop until the call has a result.
  template <class T>
  Result<T> await(Task<T> task, boost::asio::cancellation_signal* cancel = nullptr) {
    std::optional<Result<T>> result;
    bool done = false;  // only then does the coroutine not use the signal any more
    boost::asio::cancellation_signal unused;
    auto& signal = cancel == nullptr ? unused : *cancel;
    auto on_end = [&done](std::exception_ptr) { done = true; };
    boost::asio::co_spawn(context, keep(std::move(task), &result),
                          boost::asio::bind_cancellation_slot(signal.slot(), on_end));
    if (cancel != nullptr) cancel->emit(boost::asio::cancellation_type::terminal);
    run_until([&] { return done; });
    if (!result) return fail(ErrorCode::timeout, "the call did not end");
    return *result;
  }

 private:
  std::vector<Instance> ours();
  template <class T>
  static boost::asio::awaitable<void> keep(Task<T> task, std::optional<Result<T>>* result) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    Result<T> value = co_await std::move(task);
    *result = std::move(value);
  }
  base::TemporaryDirectory directory_;
};

}  // namespace scaleset::backends
