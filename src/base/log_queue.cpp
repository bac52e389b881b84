#include "base/log_queue.hpp"

namespace scaleset::base {

void LogQueue::push(LogLine line) {
  // Asked first, so that nothing is dropped for a line that does not fit in the end.
  if (!can_make_room(line)) return drop(line);
  for (auto lower = levels_.begin(); bytes_ + line.text.size() > most_bytes_; ++lower) {
    while (!lower->lines.empty() && bytes_ + line.text.size() > most_bytes_)
      drop(take_oldest(*lower));
  }
  OfOneLevel& level = levels_.at(static_cast<std::size_t>(line.level));
  bytes_ += line.text.size();
  level.bytes += line.text.size();
  level.lines.push_back({next_number_++, std::move(line)});
}

bool LogQueue::can_make_room(LogLine const& line) const noexcept {
  std::size_t kept = bytes_;
  for (std::size_t lower = 0; lower < static_cast<std::size_t>(line.level); ++lower)
    kept -= levels_[lower].bytes;
  return kept + line.text.size() <= most_bytes_;
}

LogLine LogQueue::take_oldest(OfOneLevel& level) {
  LogLine line = std::move(level.lines.front().line);
  level.lines.pop_front();
  level.bytes -= line.text.size();
  bytes_ -= line.text.size();
  return line;
}

std::optional<LogLine> LogQueue::pop() {
  OfOneLevel* oldest = nullptr;
  for (OfOneLevel& level : levels_) {
    if (level.lines.empty()) continue;
    if (oldest == nullptr || level.lines.front().number < oldest->lines.front().number)
      oldest = &level;
  }
  if (oldest == nullptr) return std::nullopt;
  return take_oldest(*oldest);
}

std::optional<LogCounts> LogQueue::take_dropped() noexcept {
  if (!dropped_.any() || bytes_ > most_bytes_ / 2) return std::nullopt;
  return std::exchange(dropped_, LogCounts());
}

}  // namespace scaleset::base
