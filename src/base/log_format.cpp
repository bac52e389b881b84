#include "base/log_format.hpp"

#include <charconv>
#include <cmath>
#include <numeric>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"

namespace scaleset::base {
namespace {

/// A JSON string without the control characters that JSON allows: DEL, and U+0080 to U+009F, which
/// some terminals obey.
std::string quote(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string const quoted = json_quote(text, false);
  std::string safe;
  safe.reserve(quoted.size());
  for (std::size_t at = 0; at < quoted.size(); ++at) {
    auto const byte = static_cast<unsigned char>(quoted[at]);
    auto const next = at + 1 < quoted.size() ? static_cast<unsigned char>(quoted[at + 1]) : 0U;
    if (byte == 0x7fU) {
      safe += "\\u007f";
    } else if (byte == 0xc2U && next < 0xa0U) {  // json_quote has made it valid UTF-8
      safe += {'\\', 'u', '0', '0', digits[next >> 4U], digits[next & 15U]};
      ++at;
    } else {
      safe += quoted[at];
    }
  }
  return safe;
}

std::string escape(std::string_view text) {
  std::string const quoted = quote(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string number_text(double number, LogFormat format) {
  if (format == LogFormat::json && !std::isfinite(number)) return "null";  // JSON has no NaN
  std::array<char, 400> text{};  // the largest number has 309 digits before its point
  auto const written =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, 3);
  return {text.data(), written.ptr};
}

std::string value_text(LogValue const& value, LogFormat format) {
  if (auto const* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (auto const* number = std::get_if<double>(&value)) return number_text(*number, format);
  if (auto const* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  auto const text = std::get<std::string_view>(value);
  bool const plain = !text.empty() && text.find_first_of(" =\"\\\t\r\n") == std::string_view::npos;
  return format == LogFormat::text && plain ? escape(text) : quote(text);
}

/// The same width for all, which is that of "warning".
std::string_view level_column(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return "trace  ";
    case LogLevel::debug: return "debug  ";
    case LogLevel::info: return "info   ";
    case LogLevel::warn: return "warning";
    case LogLevel::error: return "error  ";
  }
  return "unknown";
}

std::string_view colour_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return "\033[37m";         // white
    case LogLevel::debug: return "\033[36m";         // cyan
    case LogLevel::info: return "\033[32m";          // green
    case LogLevel::warn: return "\033[33m\033[1m";   // yellow, bold
    case LogLevel::error: return "\033[31m\033[1m";  // red, bold
  }
  return "";
}

/// With three digits of milliseconds always, so that the columns stay in line.
std::string stamp(std::chrono::system_clock::time_point time) {
  auto const milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  auto const seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  std::string text = format_rfc3339(seconds);
  text.back() = '.';
  auto const fraction = (milliseconds - seconds).count();
  return text + std::to_string(1000 + fraction).substr(1) + "Z";
}

std::string json_line(LogRecord const& record, std::string const& time) {
  std::string_view const column = level_column(record.level);
  std::string line = R"({"time":")" + time + R"(","level":")";
  line.append(column.substr(0, column.find(' ')));
  line += R"(","component":)" + quote(record.component);
  line += R"(,"message":)" + quote(record.message);
  for (auto const& field : record.fields)
    line += "," + quote(field.key) + ":" + value_text(field.value, LogFormat::json);
  return line + "}\n";
}

}  // namespace

std::string format_log_line(LogRecord const& record, std::chrono::system_clock::time_point time,
                            LogFormat format, bool colour) {
  if (format == LogFormat::json) return json_line(record, stamp(time));
  std::string line = stamp(time) + " ";
  if (colour) line.append(colour_of(record.level));
  line.append(level_column(record.level));
  if (colour) line += "\033[m";
  line += " " + escape(record.component) + ": " + printable_text(record.message);
  for (auto const& field : record.fields)
    line += " " + escape(field.key) + "=" + value_text(field.value, format);
  return line + "\n";
}

std::string printable_text(std::string_view text) {
  // Only what could forge a line or move the cursor stays escaped.
  std::string const escaped = escape(text);
  std::string message;
  message.reserve(escaped.size());
  for (std::size_t at = 0; at < escaped.size(); ++at) {
    bool const quoted = escaped[at] == '\\' && at + 1 < escaped.size() &&
                        (escaped[at + 1] == '"' || escaped[at + 1] == '\\');
    if (quoted) ++at;
    message += escaped[at];
  }
  return message;
}

LogCounts& LogCounts::operator+=(LogCounts const& other) noexcept {
  for (std::size_t level = 0; level < counts_.size(); ++level)
    counts_[level] += other.counts_[level];
  return *this;
}

std::string LogCounts::describe_dropped(std::string_view why) const {
  auto const all = std::accumulate(counts_.begin(), counts_.end(), std::size_t{0});
  std::string text = std::to_string(all);
  text.append(all == 1 ? " log record was" : " log records were").append(" dropped because ");
  text.append(why);
  char const* separator = ": ";
  for (std::size_t level = 0; level < counts_.size(); ++level) {
    if (counts_[level] == 0) continue;
    text += separator + std::to_string(counts_[level]) + " ";
    text.append(to_string(static_cast<LogLevel>(level)));
    separator = ", ";
  }
  return text;
}

}  // namespace scaleset::base
