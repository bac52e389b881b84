#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "config/daemon_config.hpp"
#include "daemon/house_config.hpp"
#include "daemon/kept_secrets.hpp"
#include "scaleset/options.hpp"

namespace scaleset::daemon {

/// What a configuration file does not say.
struct Surroundings {
  Surroundings() = default;
  /// As getenv().
  std::function<char const*(char const*)> environment;
  /// Runs a shell command for a token.
  std::function<TokenProvider(std::string const& command)> token_command;
  std::filesystem::path state_dir;  // if the file has none
  /// Where secrets are kept, so that nobody waits who needs one. Null: they are read each time.
  std::shared_ptr<KeptSecrets> secrets;
};

/// What a file says, in the form that flags have as well: one scale set for each repository that a
/// table lists. The configuration was checked (config::read_config). Reads the time zones of this
/// machine, and the secrets if they are kept. A scale set without a credential or a template is
/// left out.
[[nodiscard]] HouseConfig house_config_of(config::DaemonConfig const& config,
                                          Surroundings const& around);

}  // namespace scaleset::daemon
