#include "cli/complain.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/interruptible_write.hpp"
#include "base/journal_stream.hpp"
#include "cli/flag_names.hpp"

namespace scaleset::cli {

std::string complaint(std::string_view command, std::string_view text, base::LogFormat format,
                      std::chrono::system_clock::time_point now, LogLevel level) {
  std::string const message = with_flag_names(text);
  if (format == base::LogFormat::json) {
    std::string_view const component = command.empty() ? "scaleset" : command;
    return base::format_log_line({level, component, message, {}}, now, format, false);
  }
  std::string line = "scaleset";
  if (!command.empty()) line.append(" ").append(command);
  if (level == LogLevel::warn) line += ": warning";
  return line + ": " + base::printable_text(message) + "\n";
}

void complain(std::string_view command, std::string_view text, base::LogFormat format,
              LogLevel level) {
  constexpr std::chrono::seconds kPatience{1};
  std::string line = complaint(command, text, format, std::chrono::system_clock::now(), level);
  if (base::leads_to_journal(STDERR_FILENO, std::getenv("JOURNAL_STREAM")))
    line.insert(0, base::journal_prefix(level));
  // There is nobody left to tell that standard error cannot be written.
  static_cast<void>(base::write_interruptibly(STDERR_FILENO, line, -1, kPatience));
}

base::LogFormat error_format(int argc, char const* const* argv) {
  constexpr std::string_view kFlag = "--log-format";
  constexpr std::string_view kWithValue = "--log-format=";
  if (argc < 2 || std::string_view(argv[1]) != "run") return base::LogFormat::text;
  char const* const variable = std::getenv("SCALESET_LOG_FORMAT");
  std::string_view format = variable == nullptr ? "" : variable;
  for (int i = 2; i < argc; ++i) {
    std::string_view const argument = argv[i];
    if (argument == kFlag && i + 1 < argc) format = argv[i + 1];
    if (argument.starts_with(kWithValue)) format = argument.substr(kWithValue.size());
  }
  return format == "json" ? base::LogFormat::json : base::LogFormat::text;
}

}  // namespace scaleset::cli
