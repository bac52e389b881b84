#pragma once

#include <cstdint>
#include <filesystem>

#include "scaleset/error.hpp"

namespace scaleset::backends {

enum class Placement : std::uint8_t {
  link,  // hard link: the big and unchanging part, about 600 MB in a runner release
  copy,
  skip,  // belongs to another runner: its work, logs, registration and key
};

/// How a file or folder of the unpacked runner release gets into the folder of a new runner.
/// `relative`: below the release's folder.
[[nodiscard]] Placement placement_of(std::filesystem::path const& relative);

/// Whether the name can be a folder's name below the work folder: letters, digits, `-`, `_` and
/// `.`, not starting with a dot, at most 128 characters. GitHub allows no others in a runner's
/// name.
[[nodiscard]] bool is_folder_name(std::string_view runner_name);

/// Fills `folder`, which must not exist yet, from the unpacked release in `runner_dir`. Hard links
/// where the file system allows it, copies elsewhere; symbolic links stay what they are, save `bin`
/// and `externals` themselves, which a self-update replaces by links. Blocks: for milliseconds with
/// hard links, for seconds without. Errors: backend; what was made so far is left to the caller.
[[nodiscard]] Result<void> lay_out_runner(std::filesystem::path const& runner_dir,
                                          std::filesystem::path const& folder);

}  // namespace scaleset::backends
