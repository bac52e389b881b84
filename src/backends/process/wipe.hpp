#pragma once

#include <filesystem>
#include <stop_token>

#include "scaleset/error.hpp"

namespace scaleset::backends {

/// Removes a folder in which strangers' code has worked: follows no symbolic link, copes with
/// folders without permissions and with any depth (constant stack and file descriptors), as long as
/// all in it is ours. What is absent is wiped already. Blocks, for minutes where a job left
/// millions of files; asked to stop it ends early (cancelled) and can be called again. Errors:
/// backend, with the first path that stayed and the reason (files of another user, a mounted file
/// system).
[[nodiscard]] Result<void> wipe_folder(std::filesystem::path const& folder,
                                       std::stop_token const& stop = {});

}  // namespace scaleset::backends
