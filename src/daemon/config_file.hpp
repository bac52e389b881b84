#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "daemon/file_config.hpp"
#include "daemon/house_config.hpp"
#include "daemon/secret_watch.hpp"

namespace scaleset::daemon {

/// A configuration file that can be used.
struct ConfigFile {
  ConfigFile() = default;
  config::Loaded loaded;
  HouseConfig house;
  std::vector<std::string> warnings;  // one line each
  /// How the watched_files() were: the file itself before it was read.
  FileStamps seen;
};
/// The file, and then the files of secrets.
[[nodiscard]] std::vector<std::filesystem::path> watched_files(std::filesystem::path const& file,
                                                               HouseConfig const& house);

/// Reads the file, and looks at the files that it names. Blocks. Either it can be used, or
/// everything that is wrong is returned, a line each: "FILE:LINE:COLUMN: message".
[[nodiscard]] std::expected<ConfigFile, std::vector<std::string>> read_config_file(
    std::filesystem::path const& file, Surroundings const& around);

/// The configuration file of a process that was given none: /etc/scaleset/scaleset.toml.
inline constexpr char const* kUsualConfigFile = "/etc/scaleset/scaleset.toml";

}  // namespace scaleset::daemon
