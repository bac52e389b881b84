#pragma once

#include <optional>

#include "scaleset/error.hpp"

namespace scaleset::backends {

/// How many more instances this process has file descriptors for, if these are running out; no
/// value as long as there is room for a thousand. Cheap: it does not count the open ones, but asks
/// for a new one, which gets the lowest free number.
[[nodiscard]] std::optional<int> room_for_instances();

/// Whether a file descriptor can be opened now. Errors: backend, with one line that says what to
/// do.
[[nodiscard]] Result<void> check_descriptors();

}  // namespace scaleset::backends
