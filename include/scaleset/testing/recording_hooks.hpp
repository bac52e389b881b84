#pragma once

#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "scaleset/hooks.hpp"

namespace scaleset::inline v0::testing {

/// Keeps every log record as one line: "warn listener: the message key=value key=value".
/// Thread-safe.
class RecordingLogSink final : public LogSink {
 public:
  [[nodiscard]] bool enabled(LogLevel /*level*/) const noexcept override { return true; }
  void write(LogRecord const& record) noexcept override {
    std::string line = std::string(to_string(record.level)) + " " + std::string(record.component) +
                       ": " + std::string(record.message);
    for (auto const& field : record.fields)
      line += " " + std::string(field.key) + "=" + text(field.value);
    std::lock_guard const lock(mutex_);
    lines_.push_back(std::move(line));
  }
  /// All lines so far, oldest first.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::lock_guard const lock(mutex_);
    return lines_;
  }

 private:
  static std::string text(LogValue const& value) {
    if (auto const* words = std::get_if<std::string_view>(&value)) return std::string(*words);
    if (auto const* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (auto const* number = std::get_if<double>(&value)) return std::to_string(*number);
    return std::to_string(std::get<std::int64_t>(value));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Keeps every measurement as one line: "statistics assigned 3", "job started runner-1", "desired
/// runners 3", "acquired 1 of 2", "http GetMessage 200", ... Thread-safe.
class RecordingMetricsSink final : public MetricsSink {
 public:
  /// All lines so far, oldest first.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::lock_guard const lock(mutex_);
    return lines_;
  }

  void on_statistics(ScaleSetId, Statistics const& statistics) noexcept override {
    add("statistics assigned " + std::to_string(statistics.assigned_jobs));
  }
  void on_job_started(ScaleSetId, JobStarted const& job) noexcept override {
    add("job started " + job.runner_name);
  }
  void on_job_completed(ScaleSetId, JobCompleted const& job) noexcept override {
    add("job completed " + job.runner_name + " " + job.result);
  }
  void on_desired_runners(ScaleSetId, std::int64_t runners) noexcept override {
    add("desired runners " + std::to_string(runners));
  }
  void on_jobs_acquired(ScaleSetId, std::int64_t offered, std::int64_t acquired) noexcept override {
    add("acquired " + std::to_string(acquired) + " of " + std::to_string(offered));
  }
  void on_message_received(ScaleSetId, std::int64_t jobs) noexcept override {
    add("message received with " + std::to_string(jobs));
  }
  void on_message_acknowledged(ScaleSetId) noexcept override { add("message acknowledged"); }
  void on_message_quarantined(ScaleSetId) noexcept override { add("message quarantined"); }
  void on_unknown_job_message(ScaleSetId, UnknownJobMessage const& message) noexcept override {
    add("unknown job message " + message.type);
  }
  void on_session_recreated(ScaleSetId, std::string_view reason) noexcept override {
    add("session recreated " + std::string(reason));
  }
  void on_sequence_restarted(ScaleSetId) noexcept override { add("sequence restarted"); }
  void on_http_attempt(HttpAttempt const& attempt) noexcept override {
    add("http " + std::string(attempt.operation) + " " + std::to_string(attempt.http_status));
  }
  void on_token_refresh(bool ok) noexcept override {
    add(std::string("token refresh ") + (ok ? "ok" : "failed"));
  }

 private:
  void add(std::string line) {
    std::lock_guard const lock(mutex_);
    lines_.push_back(std::move(line));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace scaleset::inline v0::testing
