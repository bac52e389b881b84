#pragma once

#include <filesystem>
#include <string>

namespace scaleset::base {

/// A warning, with the command that mends it, if the group or others may read a file that holds a
/// secret; else nothing. What is no regular file, or is not there, is not exposed.
[[nodiscard]] std::string exposure_of(std::filesystem::path const& file);

}  // namespace scaleset::base
