#pragma once

#include <chrono>

namespace scaleset::base {

/// Waits until a read from this pipe would not: until somebody has written to it, or has closed it
/// after that. Without a writer that would be for ever. True at once for what is not a pipe. Blocks
/// for at most `patience`; false if that was not enough.
[[nodiscard]] bool wait_for_writer(int fd, std::chrono::milliseconds patience) noexcept;

}  // namespace scaleset::base
