#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "scaleset/types.hpp"

namespace scaleset::simulator::pretend {

/// A log like those that the real runner keeps (protocol.md 11.3):
/// `_diag/Runner_20261123-160000-utc.log` for the listener and `_diag/Worker_...` for the worker,
/// with lines `[2026-11-23 16:00:00Z INFO Runner] text`. If a log cannot be written, the runner
/// works without it.
class DiagnosticLog {
 public:
  /// `owner`: "Runner" or "Worker". `on_stdout`: every line goes there as well, as `[RUNNER ...`
  /// (ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT).
  DiagnosticLog(std::filesystem::path const& root, std::string_view owner, bool on_stdout,
                Timestamp now);
  DiagnosticLog(DiagnosticLog const&) = delete;
  DiagnosticLog& operator=(DiagnosticLog const&) = delete;
  ~DiagnosticLog();

  /// Writes at once, so that the line is there even if we are killed the next moment. Control
  /// characters become spaces.
  void write(std::string_view text, Timestamp now);

 private:
  std::string owner_;
  bool on_stdout_;
  std::FILE* file_ = nullptr;
};

/// "2026-11-23 16:00:00Z"
[[nodiscard]] std::string runner_time(Timestamp now);
/// Control characters become spaces.
[[nodiscard]] std::string one_line(std::string text);

}  // namespace scaleset::simulator::pretend
