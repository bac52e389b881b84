#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

#include "scaleset/types.hpp"

/// What the library asks of its host: a place for log records and metrics, the time, and chance.
/// Every hook may be left null: no log, no metrics, the system's clock and random device.
namespace scaleset {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error };
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

using LogValue = std::variant<std::int64_t, double, bool, std::string_view>;
struct LogField {
  std::string_view key;
  LogValue value;
};
struct LogRecord {
  LogLevel level;
  std::string_view component;
  std::string_view message;
  std::span<LogField const> fields;
};

/// Receives every log record. Called from library threads, possibly concurrently; must not throw,
/// block for long or call back.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// Asked before a record is put together.
  [[nodiscard]] virtual bool enabled(LogLevel level) const noexcept = 0;
  /// The views in `record` are valid during the call only.
  virtual void write(LogRecord const& record) noexcept = 0;
};

struct HttpAttempt {
  std::string_view operation;
  int http_status;  // 0 = no response
  int attempt;      // from 1
  std::chrono::microseconds elapsed;
};

/// Receives measurements. Every method has an empty body: adding one breaks nobody. Called as
/// LogSink is. How long polls take is in on_http_attempt ("GetMessage").
class MetricsSink {
 public:
  virtual ~MetricsSink() = default;
  // From the listeners.
  /// Every count the service sends, the one a session opens with included.
  virtual void on_statistics(ScaleSetId, Statistics const&) noexcept {}
  /// Told once the message was applied; again if the service sends it again.
  virtual void on_job_started(ScaleSetId, JobStarted const&) noexcept {}
  virtual void on_job_completed(ScaleSetId, JobCompleted const&) noexcept {}
  /// What the Scaler aims at now.
  virtual void on_desired_runners(ScaleSetId, std::int64_t /*runners*/) noexcept {}
  /// Acquire profile only: `acquired` is less where other scale sets were faster (W-23).
  virtual void on_jobs_acquired(ScaleSetId, std::int64_t /*offered*/,
                                std::int64_t /*acquired*/) noexcept {}
  virtual void on_message_received(ScaleSetId, std::int64_t /*jobs*/) noexcept {}
  virtual void on_message_acknowledged(ScaleSetId) noexcept {}
  /// Refused again and again, and acknowledged so that it does not block the ones behind it (A5).
  virtual void on_message_quarantined(ScaleSetId) noexcept {}
  /// A job message of an unknown type, or one that did not decode: skipped.
  virtual void on_unknown_job_message(ScaleSetId, UnknownJobMessage const&) noexcept {}
  virtual void on_session_recreated(ScaleSetId, std::string_view /*reason*/) noexcept {}
  // From the client.
  virtual void on_http_attempt(HttpAttempt const&) noexcept {}
  virtual void on_token_refresh(bool /*ok*/) noexcept {}
};

/// Both clocks at one moment: the wall's for what the service says, the steady one for waits.
struct Now {
  std::chrono::system_clock::time_point wall;
  std::chrono::steady_clock::time_point steady;
};
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Now now() const noexcept = 0;
};
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// At least 0, less than 1.
  [[nodiscard]] virtual double uniform() noexcept = 0;
};

struct Hooks {
  Hooks() = default;
  std::shared_ptr<LogSink> log;
  std::shared_ptr<MetricsSink> metrics;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<RandomSource> random;
};

}  // namespace scaleset
