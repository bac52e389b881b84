#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "base/log_format.hpp"

namespace scaleset::base {

/// Writes records to a descriptor, by a thread of its own: write() formats and queues the line and
/// waits for nobody. When the reader is too slow (a full pipe, a stopped terminal), the queue of
/// 1 MiB fills up and lines are dropped, the lowest levels first; a later line reports how many. A
/// reader that has gone away loses what is written meanwhile and does no other harm.
///
/// The end of the object waits for the reader, but at most for a second. Thread-safe.
class LogWriter final : public LogSink {
 public:
  /// Records below `least` are not wanted. The descriptor stays the caller's and outlives the
  /// object; it may be shared with other processes and blocks or does not, as it pleases. Text is
  /// coloured if the descriptor is a terminal. If it leads to systemd's journal, each line begins
  /// with its priority. `clock` stamps the lines; null is the system's.
  LogWriter(LogLevel least, LogFormat format, int descriptor = STDERR_FILENO,
            std::shared_ptr<Clock> clock = nullptr);
  LogWriter(LogWriter const&) = delete;
  LogWriter& operator=(LogWriter const&) = delete;
  ~LogWriter() override;

  [[nodiscard]] bool enabled(LogLevel level) const noexcept override { return level >= least_; }
  /// For records that are written from now on.
  void configure(LogLevel least, LogFormat format) noexcept;
  void write(LogRecord const& record) noexcept override;
  /// Waits until everything written before has reached the reader, at most for so long. False if it
  /// has not.
  bool flush(std::chrono::milliseconds limit) noexcept;

 private:
  class Shared;
  std::atomic<LogLevel> least_;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace scaleset::base
