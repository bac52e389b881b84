#pragma once

#include <memory>

#include "base/log_format.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::cli {

/// The log of this program on standard error: a base::LogWriter, in whose lines the names of C++
/// options are replaced by flags. `next` takes its place in tests.
[[nodiscard]] std::shared_ptr<LogSink> make_program_log(LogLevel least, base::LogFormat format);
[[nodiscard]] std::shared_ptr<LogSink> with_flag_names(std::shared_ptr<LogSink> next);
/// By keys of the configuration file.
[[nodiscard]] std::shared_ptr<LogSink> with_key_names(std::shared_ptr<LogSink> next);

}  // namespace scaleset::cli
