#include "simulator/runner/diagnostic_log.hpp"

#include <algorithm>

#include "base/rfc3339.hpp"

namespace scaleset::simulator::pretend {
namespace {

/// "20261123-160000"
std::string file_stamp(Timestamp now) {
  std::string stamp = runner_time(now);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::ranges::replace(stamp, ' ', '-');
  return stamp;
}

std::string in_capitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

}  // namespace

DiagnosticLog::DiagnosticLog(std::filesystem::path const& root, std::string_view owner,
                             bool on_stdout, Timestamp now)
    : owner_(owner), on_stdout_(on_stdout) {
  std::error_code ignored;
  std::filesystem::create_directories(root / "_diag", ignored);
  std::filesystem::path const path = root / "_diag" / (owner_ + "_" + file_stamp(now) + "-utc.log");
  file_ = std::fopen(path.c_str(), "ae");
}

DiagnosticLog::~DiagnosticLog() {
  if (file_ != nullptr) std::fclose(file_);
}

void DiagnosticLog::write(std::string_view text, Timestamp now) {
  std::string const rest =
      runner_time(now) + " INFO " + owner_ + "] " + one_line(std::string(text)) + "\n";
  if (file_ != nullptr) {
    std::fputs(("[" + rest).c_str(), file_);
    std::fflush(file_);
  }
  if (!on_stdout_) return;
  std::fputs(("[" + in_capitals(owner_) + " " + rest).c_str(), stdout);
  std::fflush(stdout);
}

std::string runner_time(Timestamp now) {
  std::string text = base::format_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
  std::ranges::replace(text, 'T', ' ');
  return text;
}

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c >= 0 && c < ' '; }, ' ');
  return text;
}

}  // namespace scaleset::simulator::pretend
