#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/owner_key.hpp"
#include "daemon/house_config.hpp"
#include "daemon/house_sets.hpp"

/// Scale sets that an earlier process has left runners of, and that the configuration does not have
/// (ADR 61).
namespace scaleset::daemon {

/// Whether there is a folder.
using IsFolder = std::function<bool(std::filesystem::path const&)>;
/// The folders of all runners of this machine that run.
using RunningFolders = std::function<std::vector<std::string>()>;

/// What those of `owners` are drained with that the configuration does not have: the credentials
/// of a scale set of the same URL, else of one of the same organization, else none. Nobody else's:
/// for a runner of which the service must not tell, it says that there is none. Their runners are
/// in the first work folder that has one for them, else where one of them runs,
/// which is looked for only then. Pure, but for what is asked.
[[nodiscard]] SetsByOwner left_sets(std::vector<base::OwnerKey> const& owners,
                                    HouseConfig const& config, IsFolder const& is_folder,
                                    RunningFolders const& running);

}  // namespace scaleset::daemon
