#pragma once

#include <memory>

#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

enum class LogFormat : std::uint8_t { text, json };

/// Writes records to standard error: one line each, as `time level component: message key=value
/// ...` or as a JSON object. Control characters of messages and values are escaped: what a job or
/// the service sends cannot forge a line.
[[nodiscard]] std::shared_ptr<LogSink> make_log_sink(LogLevel level, LogFormat format);

/// The line without its time, as make_log_sink writes it. For tests.
[[nodiscard]] std::string format_record(LogRecord const& record, LogFormat format);

}  // namespace scaleset::daemon
