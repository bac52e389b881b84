#include "daemon/log_sink.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace scaleset::daemon {
namespace {

std::string escape(std::string_view text) {
  std::string escaped;
  for (char const c : text) {
    switch (c) {
      case '"': escaped += "\\\""; break;
      case '\\': escaped += "\\\\"; break;
      case '\n': escaped += "\\n"; break;
      case '\r': escaped += "\\r"; break;
      case '\t': escaped += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          escaped += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

std::string quote(std::string_view text) { return '"' + escape(text) + '"'; }

std::string format_value(LogValue const& value, LogFormat format) {
  if (auto const* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (auto const* number = std::get_if<double>(&value)) return fmt::format("{:.3f}", *number);
  if (auto const* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  auto const text = std::get<std::string_view>(value);
  bool const plain = !text.empty() && text.find_first_of(" =\"\\\t\r\n") == std::string_view::npos;
  return format == LogFormat::text && plain ? escape(text) : quote(text);
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return spdlog::level::trace;
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

class SpdlogSink final : public LogSink {
 public:
  SpdlogSink(LogLevel level, LogFormat format)
      : level_(level),
        format_(format),
        logger_("scaleset", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    logger_.set_level(to_spdlog(level));
    if (format == LogFormat::json) {
      logger_.set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                          spdlog::pattern_time_type::utc);
    } else {
      logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v", spdlog::pattern_time_type::utc);
    }
  }
  [[nodiscard]] bool enabled(LogLevel level) const noexcept override { return level >= level_; }
  void write(LogRecord const& record) noexcept override {
    logger_.log(to_spdlog(record.level), spdlog::string_view_t(format_record(record, format_)));
  }

 private:
  LogLevel level_;
  LogFormat format_;
  spdlog::logger logger_;
};

}  // namespace

std::shared_ptr<LogSink> make_log_sink(LogLevel level, LogFormat format) {
  return std::make_shared<SpdlogSink>(level, format);
}

std::string format_record(LogRecord const& record, LogFormat format) {
  if (format == LogFormat::json) {
    std::string line =
        R"("component":)" + quote(record.component) + R"(,"message":)" + quote(record.message);
    for (auto const& field : record.fields)
      line += "," + quote(field.key) + ":" + format_value(field.value, format);
    return line;
  }
  std::string line = escape(record.component) + ": " + escape(record.message);
  for (auto const& field : record.fields)
    line += " " + escape(field.key) + "=" + format_value(field.value, format);
  return line;
}

}  // namespace scaleset::daemon
