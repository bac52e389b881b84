#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

/// Writes the records of one component to a LogSink. Cheap to copy; without a sink it does nothing.
/// Only what is named as a field is logged, and a Secret does not convert to a LogValue.
class Logger {
 public:
  Logger() = default;
  Logger(std::shared_ptr<LogSink> sink, std::string_view component)
      : sink_(std::move(sink)), component_(component) {}

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view message, Fields fields = {}) const {
    write(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, Fields fields = {}) const {
    write(LogLevel::info, message, fields);
  }
  void warn(std::string_view message, Fields fields = {}) const {
    write(LogLevel::warn, message, fields);
  }
  void error(std::string_view message, Fields fields = {}) const {
    write(LogLevel::error, message, fields);
  }

  /// Whether a record of this level is written. Only worth asking if its fields cost something.
  [[nodiscard]] bool enabled(LogLevel level) const noexcept {
    return sink_ && sink_->enabled(level);
  }
  void write(LogLevel level, std::string_view message, Fields fields = {}) const;

 private:
  std::shared_ptr<LogSink> sink_;
  std::string_view component_;  // a string literal, so that it lives long enough
};

}  // namespace scaleset::base
