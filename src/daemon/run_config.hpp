#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/house_config.hpp"
#include "daemon/set_settings.hpp"
#include "daemon/stopping.hpp"
#include "scaleset/error.hpp"
#include "scaleset/options.hpp"
#include "scaleset/types.hpp"

namespace scaleset::daemon {

/// The configuration of `scaleset run` with flags: one scale set, one backend.
struct RunConfig {
  std::string url;   // organization, repository or enterprise (protocol.md 2)
  std::string name;  // of the scale set; created if there is none of that name in the group
  std::string group = "default";
  RunnerGroupId group_id{0};        // instead of the group's name, if above 0
  std::vector<std::string> labels;  // see SetSettings
  bool adopt = false;               // see SetSettings
  Credentials credentials;
  /// Where the credentials are read from. When one of these files changes, what the service refused
  /// is tried at once.
  std::vector<std::filesystem::path> secret_files;
  TransportOptions transport{};

  std::string backend = "process";
  std::filesystem::path runner_dir;  // an unpacked actions/runner release
  std::filesystem::path work_dir;    // one folder per runner is made below it
  std::vector<std::string> pass_environment;

  std::int64_t min_runners = 0;
  std::int64_t max_runners = 10;
  /// A spare runner younger than this is not removed.
  std::chrono::milliseconds minimum_idle_age{60000};

  OnStop on_stop = OnStop::detach;
  /// A drain that lasts longer becomes a detach. No value: it may last as long as the longest job.
  std::optional<std::chrono::milliseconds> drain_timeout;
};

[[nodiscard]] SetSettings settings_of(RunConfig const& config);
[[nodiscard]] HouseConfig house_config_of(RunConfig const& config);

/// Checks what can be checked without the network, except for the URL and the credentials, and
/// returns everything that is wrong. Code: invalid_options; each text is one line that names the
/// flag and says what to do.
[[nodiscard]] std::vector<Error> problems_of(RunConfig const& config);

}  // namespace scaleset::daemon
