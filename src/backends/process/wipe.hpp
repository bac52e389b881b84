#pragma once

#include <filesystem>
#include <stop_token>

#include "scaleset/error.hpp"

namespace scaleset::backends {

/// Removes a folder in which jobs have worked, whose code we do not trust. It follows no symbolic
/// link, does not enter a file system that is mounted in the folder, and copes with folders without
/// permissions and with any depth (its use of stack and descriptors is constant), if everything
/// belongs to this user. A folder that does not exist is a success. Blocks, for minutes if a job
/// left millions of files. Errors: cancelled if it was asked to stop before the end, after which it
/// can be called again; backend, with the first path that could not be removed and the reason (such
/// as files of another user, or a mounted file system).
[[nodiscard]] Result<void> wipe_folder(std::filesystem::path const& folder,
                                       std::stop_token const& stop = {});

}  // namespace scaleset::backends
