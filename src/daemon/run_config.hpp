#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/options.hpp"

namespace scaleset::daemon {

/// What `scaleset run` is told: one scale set, one backend.
struct RunConfig {
  std::string url;   // organization, repository or enterprise (spec 2)
  std::string name;  // of the scale set; created if there is none of that name in the group
  std::string group = "default";
  std::vector<std::string> labels;  // empty: one label, the name
  Credentials credentials;
  TransportOptions transport{};

  std::string backend = "process";
  std::filesystem::path runner_dir;  // an unpacked actions/runner release
  std::filesystem::path work_dir;    // one folder per runner is made below it
  std::vector<std::string> pass_environment;

  std::int64_t min_runners = 0;
  std::int64_t max_runners = 10;
  std::chrono::milliseconds minimum_idle_age{
      60000};  // a spare runner younger than this is not taken away
};

/// Checks what can be checked without the network, credentials included (a secret file is read
/// once). Errors: invalid_options, invalid_config_url, invalid_private_key, io; one line that names
/// the flag and the mend.
[[nodiscard]] Result<void> validate(RunConfig const& config);

}  // namespace scaleset::daemon
