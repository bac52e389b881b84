#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "scaleset/error.hpp"

namespace scaleset::base {

/// The content of a regular file, for whoever must not wait for somebody else: a pipe without a
/// writer, or a device, would keep the caller for ever. What is something else is refused at once.
/// Only the disk is waited for. Errors: io, as read_file() in files.hpp.
[[nodiscard]] Result<std::string> read_regular_file(std::filesystem::path const& path,
                                                    std::size_t max_bytes = 16U << 20U);

/// What is left to read of an open file. `path` is for error texts. Errors: io.
[[nodiscard]] Result<std::string> read_to_end(int fd, std::filesystem::path const& path,
                                              std::size_t max_bytes);

}  // namespace scaleset::base
