#include "base/log.hpp"

#include <span>

namespace scaleset::base {

void Logger::write(LogLevel level, std::string_view message, Fields fields) const {
  if (!sink_ || !sink_->enabled(level)) return;
  LogRecord const record{level, component_, message,
                         std::span<LogField const>(fields.begin(), fields.size())};
  sink_->write(record);
}

}  // namespace scaleset::base
