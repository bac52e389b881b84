#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace scaleset::base {

/// Writes the text to a descriptor whose reader may be slow or may not read at all (a full pipe, a
/// stopped terminal). Returns 0, or the errno that kept the text from being written to its end:
/// ECANCELED once the descriptor `give_up` is readable (-1: nothing is watched), ETIMEDOUT after
/// `limit`. Signals do not end it.
///
/// It never waits inside write(), as far as the system allows that for a descriptor that blocks:
/// O_NONBLOCK belongs to the open file, so that setting it would change the file for every process
/// that shares it. Instead a piece that a pipe takes without blocking (PIPE_BUF) is written after
/// poll() has said that there is room.
[[nodiscard]] int write_interruptibly(
    int descriptor, std::string_view text, int give_up,
    std::optional<std::chrono::milliseconds> limit = std::nullopt) noexcept;

}  // namespace scaleset::base
