#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/log_format.hpp"

namespace scaleset::base {

/// A line that waits to be written.
struct LogLine {
  LogLine(LogLevel line_level, std::string line_text, LogCounts stands_for)
      : level(line_level), text(std::move(line_text)), records(stands_for) {}
  LogLevel level;
  std::string text;
  /// What is lost if the line is lost: one record, or those that it reports as dropped.
  LogCounts records;
};

/// The lines that wait for the log's reader, bounded by their size. When there is no room, the
/// oldest line of the lowest level below the new line's makes way for it; if no lower one is left,
/// the new line is dropped. So errors are dropped last, and lines of one level keep their
/// beginning. What was dropped is counted until somebody takes the counts to report them. Not
/// thread-safe.
class LogQueue {
 public:
  /// `most_bytes` is the limit for the sum of the lines' lengths. No line is empty.
  explicit LogQueue(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void push(LogLine line);
  /// The oldest line of all levels.
  [[nodiscard]] std::optional<LogLine> pop();
  /// Counts a line that was popped and could not be written.
  void drop(LogLine const& line) noexcept { dropped_ += line.records; }
  /// What was dropped since the last call, once half of the queue is free again; nothing until
  /// then, or if nothing was dropped.
  [[nodiscard]] std::optional<LogCounts> take_dropped() noexcept;
  [[nodiscard]] bool empty() const noexcept { return bytes_ == 0; }

 private:
  struct Waiting {
    std::uint64_t number;  // rising in the order of arrival
    LogLine line;
  };
  struct OfOneLevel {
    std::deque<Waiting> lines;
    std::size_t bytes = 0;
  };

  [[nodiscard]] bool can_make_room(LogLine const& line) const noexcept;
  LogLine take_oldest(OfOneLevel& level);

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t next_number_ = 0;
  std::array<OfOneLevel, 5> levels_;  // by LogLevel
  LogCounts dropped_;
};

}  // namespace scaleset::base
