#pragma once

#include <string_view>

#include "base/log_format.hpp"

namespace scaleset::cli {

/// Writes "scaleset COMMAND: TEXT" to standard error as one line, or a line of the log as JSON. A
/// warning begins with "warning: ". `command` is "set get", or empty for the program itself. Names
/// of C++ options in the text become names of flags. It is the only way to standard error besides
/// the log. If nobody reads there, it gives up after a second, so that the program still ends.
void complain(std::string_view command, std::string_view text,
              base::LogFormat format = base::LogFormat::text, LogLevel level = LogLevel::error);

/// The line that complain() writes at that time.
[[nodiscard]] std::string complaint(std::string_view command, std::string_view text,
                                    base::LogFormat format,
                                    std::chrono::system_clock::time_point now,
                                    LogLevel level = LogLevel::error);

/// The format that the arguments of `scaleset run` ask for with --log-format, or else
/// SCALESET_LOG_FORMAT; text for every other subcommand. It looks for the flag only, so that it
/// also works for arguments that cannot be parsed.
[[nodiscard]] base::LogFormat error_format(int argc, char const* const* argv);

}  // namespace scaleset::cli
