#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

#include "scaleset/types.hpp"

/// What the library needs from the program it is part of: a place for log records and metrics, the
/// time, and random numbers.
/// Every hook may be left null: no log, no metrics, the system's clock and random device.
/// What a hook throws is ignored, and the first exception of each hook is logged as an error.
namespace scaleset::inline v0 {

/// How much a record matters, from least to most. `error`: a person has to act.
enum class LogLevel : std::uint8_t { trace, debug, info, warn, error };
/// The level in lower case: "warn".
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// A value of a field. The text is valid during LogSink::write only.
using LogValue = std::variant<std::int64_t, double, bool, std::string_view>;
/// One fact of a record, so that a sink need not take the message apart.
struct LogField {
  std::string_view key;  // lower case: "error", "last_message"
  LogValue value;        // holds no secret
};
/// One line of the log. Its views are valid during LogSink::write only.
struct LogRecord {
  LogLevel level;                    // one that LogSink::enabled() is true for
  std::string_view component;        // the part it is from: "client", "listener", "http", ...
  std::string_view message;          // one line, without the fields
  std::span<LogField const> fields;  // may be empty
};

/// Receives every log record. Called from library threads, possibly concurrently; must not block
/// for long. A blocking call of a client whose thread this is fails with invalid_argument; one of
/// another client's is not refused, but two clients that call each other so wait for ever.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// Asked before a record is put together.
  [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
  /// The views in `record` are valid during the call only.
  virtual void write(LogRecord const& record) = 0;
};

/// One attempt of one call, for MetricsSink::on_http_attempt.
struct HttpAttempt {
  std::string_view operation;         // as Error::operation: "GetMessage", ...
  int http_status;                    // 0 if there was no response
  int attempt;                        // from 1
  std::chrono::microseconds elapsed;  // from sending to the whole answer or the failure
};

/// Receives measurements. Every method has an empty body, so adding a method breaks no user. Called
/// under the same rules as LogSink. How long polls take is in on_http_attempt ("GetMessage").
class MetricsSink {
 public:
  virtual ~MetricsSink() = default;
  // From the listeners.
  /// Called with all statistics that the service sends, including those that come with a new
  /// session.
  virtual void on_statistics(ScaleSetId, Statistics const&) {}
  /// Called when the message has been applied; again if the service sends it again.
  virtual void on_job_started(ScaleSetId, JobStarted const&) {}
  /// Called when the message has been applied, as on_job_started is. A job that never ran has an
  /// empty runner name.
  virtual void on_job_completed(ScaleSetId, JobCompleted const&) {}
  /// The number of runners that the Scaler wants now.
  virtual void on_desired_runners(ScaleSetId, std::int64_t /*runners*/) {}
  /// Acquire profile only: `acquired` is less where other scale sets were faster (W-23).
  virtual void on_jobs_acquired(ScaleSetId, std::int64_t /*offered*/, std::int64_t /*acquired*/) {}
  /// A poll brought a message with that many job messages (0 to 50). A message that is delivered
  /// again is counted again.
  virtual void on_message_received(ScaleSetId, std::int64_t /*jobs*/) {}
  /// The service took the message out of the queue (protocol.md 6.2).
  virtual void on_message_acknowledged(ScaleSetId) {}
  /// The user's code refused a message again and again; it was acknowledged so that it does not
  /// block those behind it (field problem A5).
  virtual void on_message_quarantined(ScaleSetId) {}
  /// A job message was skipped: its type is unknown, or it did not decode.
  virtual void on_unknown_job_message(ScaleSetId, UnknownJobMessage const&) {}
  /// A session was lost and is opened anew, by a listener or by a MessageSession
  /// (SessionOptions::recreate). Reasons: "session_lost", "poll_refused", "undecodable",
  /// "scale_set_gone".
  virtual void on_session_recreated(ScaleSetId, std::string_view /*reason*/) {}
  /// The service began to number its messages anew, so the listener reads from the first one again
  /// (protocol.md W-11).
  virtual void on_sequence_restarted(ScaleSetId) {}
  // From the client.
  /// After every attempt of a call, repetitions and token requests included.
  virtual void on_http_attempt(HttpAttempt const&) {}
  /// A new admin token was asked for (protocol.md 3.1). `ok` says whether one came.
  virtual void on_token_refresh(bool /*ok*/) {}
};

/// Both clocks at one moment: wall time for what the service says, steady time for waits.
struct Now {
  std::chrono::system_clock::time_point wall;    // compared with expiry times of tokens
  std::chrono::steady_clock::time_point steady;  // for deadlines and durations
};
/// Where the library reads the time; a test moves it by hand (testing::FakeClock). Waits are timers
/// of the loop, which follow async::VirtualTime. Must be thread-safe if clients with different
/// loops share it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Called often: keep it cheap. If it throws, the system's clocks are read instead.
  [[nodiscard]] virtual Now now() const = 0;
};
/// Where random numbers come from. They only vary waits and are never used for keys. Must be
/// thread-safe if clients with different loops share it.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// A number of at least 0 and less than 1. An exception counts as 0.5.
  [[nodiscard]] virtual double uniform() = 0;
};

/// The hooks of one client or listener, which shares their ownership.
struct Hooks {
  Hooks() = default;
  std::shared_ptr<LogSink> log;          // if null, nothing is logged
  std::shared_ptr<MetricsSink> metrics;  // if null, nothing is measured
  std::shared_ptr<Clock> clock;          // if null, the system's clocks
  std::shared_ptr<RandomSource> random;  // if null, a generator seeded from the system's device
};

}  // namespace scaleset::inline v0
