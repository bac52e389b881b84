#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "daemon/config_file.hpp"
#include "daemon/run_config.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// Runs the autoscaler on the calling thread until SIGINT or SIGTERM (see StopMachine). Errors:
/// what kept it from starting; invalid_options for the configuration, other codes for the service
/// or this machine.
[[nodiscard]] Result<void> run(RunConfig config, std::shared_ptr<LogSink> log);

/// What is needed to run with a configuration file.
struct FileRun {
  FileRun() = default;
  std::filesystem::path file;
  ConfigFile config;  // as it was read
  Surroundings around;
  /// Changes what the log has. Called on the loop's thread.
  std::function<void(LogLevel, base::LogFormat)> configure_log;
};
/// The same with a configuration file, which is read again when it changes and at SIGHUP.
[[nodiscard]] Result<void> run(FileRun file, std::shared_ptr<LogSink> log);

}  // namespace scaleset::daemon
