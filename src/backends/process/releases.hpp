#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"

/// The releases of the runner program that a template can mean.
namespace scaleset::backends {

using ReleaseVersion = std::array<int, 3>;

/// The last version in the name of a folder, such as "2.336.0" or
/// "actions-runner-linux-x64-2.336.0". No value if there is none. Pure.
[[nodiscard]] std::optional<ReleaseVersion> release_version(std::string_view name);

/// The releases in a folder of releases, the highest version first: folders, or links to folders,
/// with a version in their name. Empty if it is a release itself, or cannot be read.
[[nodiscard]] std::vector<std::filesystem::path> releases_in(std::filesystem::path const& folder);

/// Whether the programs of a runner are there and can be run. Errors: invalid_options, with one
/// line that says what to do.
[[nodiscard]] Result<void> check_release(std::filesystem::path const& release);

/// The release that `source` means now: `source` itself, or if it is a folder of releases the
/// highest version in it that works. Errors: those of check_release().
[[nodiscard]] Result<std::filesystem::path> find_release(std::filesystem::path const& source);

}  // namespace scaleset::backends
