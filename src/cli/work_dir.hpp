#pragma once

#include <filesystem>
#include <functional>

namespace scaleset::cli {

/// As getenv(): null if the variable is not set.
using Environment = std::function<char const*(char const* name)>;

/// Where `scaleset run` keeps its runners without --work-dir: below systemd's state directory
/// ($STATE_DIRECTORY, a list separated by colons, of which the first counts), else below
/// $XDG_STATE_HOME/scaleset, else below ~/.local/state/scaleset unless the user is root, else
/// /var/lib/scaleset/runners. A variable that is empty or does not hold an absolute path counts as
/// not set, as the XDG Base Directory Specification asks for.
[[nodiscard]] std::filesystem::path default_work_dir(Environment const& environment);

}  // namespace scaleset::cli
