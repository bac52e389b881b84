#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/process/process_backend.hpp"
#include "base/log_format.hpp"
#include "base/owner_key.hpp"
#include "daemon/house_sets.hpp"
#include "daemon/set_settings.hpp"
#include "daemon/stopping.hpp"
#include "fleet/budget.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// What a process serves, and how, whether flags or a file have said it.
struct HouseConfig {
  HouseConfig() = default;
  std::vector<SetSettings> sets;
  /// That are not to be served any more, and of which an earlier process has left runners.
  SetsByOwner left;
  std::map<std::string, fleet::Budget> budgets;  // by name
  /// Where the journal of all scale sets is. Empty: the only one has a journal of its own.
  std::filesystem::path state_dir;
  OnStop on_stop = OnStop::detach;
  /// A drain that lasts longer becomes a detach. No value: it may last as long as the longest job.
  std::optional<std::chrono::milliseconds> drain_timeout;
  LogLevel log_level = LogLevel::info;
  base::LogFormat log_format = base::LogFormat::text;
};

/// `runners` are those that the journal knows: they may be in the folder of an earlier version.
[[nodiscard]] backends::ProcessOptions process_options(SetSettings const& settings,
                                                       base::OwnerKey const& owner,
                                                       std::vector<std::string> runners);

/// The files that the secrets of all scale sets are read from, each once.
[[nodiscard]] std::vector<std::filesystem::path> secret_files_of(HouseConfig const& config);
/// The files with certificates that clients read, each once.
[[nodiscard]] std::vector<std::filesystem::path> certificate_files_of(HouseConfig const& config);

}  // namespace scaleset::daemon
