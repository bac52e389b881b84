#pragma once

#include <filesystem>
#include <string>

namespace scaleset::base {

/// What keeps this user from writing into the folder, or from making it where it is not there yet:
/// "/x cannot be written to: Permission denied". Nothing is made; empty: nothing does.
[[nodiscard]] std::string unwritable(std::filesystem::path const& folder);

}  // namespace scaleset::base
