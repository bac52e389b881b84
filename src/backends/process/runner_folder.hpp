#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "scaleset/error.hpp"

namespace scaleset::backends {

enum class Placement : std::uint8_t {
  link,  // hard link: the big and unchanging part, about 600 MB in a runner release
  copy,
  skip,  // belongs to another runner: its work, logs, registration and key
};

/// How a file or folder of the unpacked runner release gets into the folder of a new runner.
/// `relative` is its path below the release's folder.
[[nodiscard]] Placement placement_of(std::filesystem::path const& relative);

/// Whether the runner's name can also be the name of its folder: at most 128 letters, digits, `-`,
/// `_` and `.`, and no dot at the beginning.
[[nodiscard]] bool is_folder_name(std::string_view runner_name);

/// If the permission is missing: which user needs it, and to do what, as "; ..." for the end of an
/// error. Otherwise empty.
[[nodiscard]] std::string permission_advice(std::filesystem::path const& runner_dir,
                                            std::error_code reason);

/// Creates `folder`, which must not exist yet, and fills it from the unpacked release in
/// `runner_dir`, with hard links where the file system allows it, else with copies. Symbolic links
/// are copied as links, except `bin` and `externals` themselves: a self-update replaces them by
/// links, which are followed. Blocks for milliseconds with hard links, for seconds without. Errors:
/// backend; the caller has to remove what was made so far.
[[nodiscard]] Result<void> lay_out_runner(std::filesystem::path const& runner_dir,
                                          std::filesystem::path const& folder);

}  // namespace scaleset::backends
