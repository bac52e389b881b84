#include "base/guarded_hooks.hpp"

#include <atomic>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "base/guard.hpp"
#include "base/log.hpp"

namespace scaleset::base {
namespace {

class GuardedLog final : public LogSink {
 public:
  explicit GuardedLog(std::shared_ptr<LogSink> sink) : sink_(std::move(sink)) {}
  [[nodiscard]] bool enabled(LogLevel level) const noexcept override {
    try {
      return sink_->enabled(level);
    } catch (...) {  // there is no other place to report it
      return false;
    }
  }
  void write(LogRecord const& record) noexcept override {
    try {
      sink_->write(record);
    } catch (...) {  // NOLINT(bugprone-empty-catch): as above
    }
  }

 private:
  std::shared_ptr<LogSink> sink_;
};

/// Logs the first exception of one hook.
class Complaint {
 public:
  Complaint(std::shared_ptr<LogSink> log, std::string_view who)
      : log_(std::move(log), "hooks"), who_(who) {}
  /// In a `catch (...)` only.
  void tell() noexcept {
    if (told_.exchange(true)) return;
    try {
      std::string const text = error_of_exception(ErrorCode::invalid_argument, who_).message;
      log_.error("a hook failed and was ignored; further failures of it are not logged",
                 {{"error", text}});
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory, so that it cannot be told
    }
  }

 private:
  Logger log_;
  std::string_view who_;
  std::atomic<bool> told_ = false;
};

class GuardedClock final : public Clock {
 public:
  GuardedClock(std::shared_ptr<Clock> clock, std::shared_ptr<LogSink> log)
      : clock_(std::move(clock)), complaint_(std::move(log), "Hooks::clock") {}
  [[nodiscard]] Now now() const noexcept override {
    try {
      return clock_->now();
    } catch (...) {
      complaint_.tell();
      return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()};
    }
  }

 private:
  std::shared_ptr<Clock> clock_;
  mutable Complaint complaint_;
};

class GuardedRandom final : public RandomSource {
 public:
  GuardedRandom(std::shared_ptr<RandomSource> random, std::shared_ptr<LogSink> log)
      : random_(std::move(random)), complaint_(std::move(log), "Hooks::random") {}
  [[nodiscard]] double uniform() noexcept override {
    try {
      return random_->uniform();
    } catch (...) {
      complaint_.tell();
      return 0.5;
    }
  }

 private:
  std::shared_ptr<RandomSource> random_;
  Complaint complaint_;
};

class GuardedMetrics final : public MetricsSink {
 public:
  GuardedMetrics(std::shared_ptr<MetricsSink> sink, std::shared_ptr<LogSink> log)
      : sink_(std::move(sink)), complaint_(std::move(log), "Hooks::metrics") {}
  void on_statistics(ScaleSetId id, Statistics const& statistics) noexcept override {
    call([&] { sink_->on_statistics(id, statistics); });
  }
  void on_job_started(ScaleSetId id, JobStarted const& job) noexcept override {
    call([&] { sink_->on_job_started(id, job); });
  }
  void on_job_completed(ScaleSetId id, JobCompleted const& job) noexcept override {
    call([&] { sink_->on_job_completed(id, job); });
  }
  void on_desired_runners(ScaleSetId id, std::int64_t runners) noexcept override {
    call([&] { sink_->on_desired_runners(id, runners); });
  }
  void on_jobs_acquired(ScaleSetId id, std::int64_t offered,
                        std::int64_t acquired) noexcept override {
    call([&] { sink_->on_jobs_acquired(id, offered, acquired); });
  }
  void on_message_received(ScaleSetId id, std::int64_t jobs) noexcept override {
    call([&] { sink_->on_message_received(id, jobs); });
  }
  void on_message_acknowledged(ScaleSetId id) noexcept override {
    call([&] { sink_->on_message_acknowledged(id); });
  }
  void on_message_quarantined(ScaleSetId id) noexcept override {
    call([&] { sink_->on_message_quarantined(id); });
  }
  void on_unknown_job_message(ScaleSetId id, UnknownJobMessage const& message) noexcept override {
    call([&] { sink_->on_unknown_job_message(id, message); });
  }
  void on_session_recreated(ScaleSetId id, std::string_view reason) noexcept override {
    call([&] { sink_->on_session_recreated(id, reason); });
  }
  void on_sequence_restarted(ScaleSetId id) noexcept override {
    call([&] { sink_->on_sequence_restarted(id); });
  }
  void on_http_attempt(HttpAttempt const& attempt) noexcept override {
    call([&] { sink_->on_http_attempt(attempt); });
  }
  void on_token_refresh(bool ok) noexcept override {
    call([&] { sink_->on_token_refresh(ok); });
  }

 private:
  template <class Function>
  void call(Function function) noexcept {
    try {
      function();
    } catch (...) {
      complaint_.tell();
    }
  }

  std::shared_ptr<MetricsSink> sink_;
  Complaint complaint_;
};

}  // namespace

Hooks guarded_hooks(Hooks hooks) {
  if (hooks.log) hooks.log = std::make_shared<GuardedLog>(std::move(hooks.log));
  if (hooks.metrics)
    hooks.metrics = std::make_shared<GuardedMetrics>(std::move(hooks.metrics), hooks.log);
  hooks.clock = hooks.clock ? std::make_shared<GuardedClock>(std::move(hooks.clock), hooks.log)
                            : system_clock();
  hooks.random = hooks.random ? std::make_shared<GuardedRandom>(std::move(hooks.random), hooks.log)
                              : system_random();
  return hooks;
}

}  // namespace scaleset::base
