#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "base/log_format.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::simulation {

/// Writes each line to standard output at once, with the world's time, so that a log ends where
/// the program ended.
class WorldLog final : public LogSink {
 public:
  void follow(std::shared_ptr<Clock> clock) { clock_ = std::move(clock); }
  [[nodiscard]] bool enabled(LogLevel /*level*/) const noexcept override { return true; }
  void write(LogRecord const& record) noexcept override {
    std::string const line =
        base::format_log_line(record, clock_->now().wall, base::LogFormat::text, false);
    std::fputs(line.c_str(), stdout);
  }

 private:
  std::shared_ptr<Clock> clock_;
};

}  // namespace scaleset::simulation
