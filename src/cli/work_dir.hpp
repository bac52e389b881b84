#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace scaleset::cli {

/// As getenv(): null if the variable is not set.
using Environment = std::function<char const*(char const* name)>;

/// Where `scaleset run` keeps its runners without --work-dir: below systemd's state directory
/// ($STATE_DIRECTORY, a list separated by colons, of which the first counts), else below
/// $XDG_STATE_HOME/scaleset, else below ~/.local/state/scaleset unless the user is root, else
/// /var/lib/scaleset/runners. A variable that is empty or does not hold an absolute path counts as
/// not set, as the XDG Base Directory Specification asks for.
[[nodiscard]] std::filesystem::path default_work_dir(Environment const& environment);

/// A warning if the default is /var/lib only because the user, who is not root, has no home folder
/// in the environment; else nothing.
[[nodiscard]] std::string default_work_dir_warning(Environment const& environment,
                                                   unsigned int user_id);

/// A warning, with the command that mends it, if every user may write to the folder; else nothing.
/// A folder that is not there yet is made for its owner only.
[[nodiscard]] std::string open_folder_warning(std::filesystem::path const& folder);

/// A warning if the user is root, as whom jobs would run; else nothing.
[[nodiscard]] std::string root_warning(unsigned int user_id);

}  // namespace scaleset::cli
