#pragma once

#include <string_view>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

/// Whether the descriptor leads to systemd's journal. `journal_stream` is the variable
/// JOURNAL_STREAM (systemd.exec(5)), "DEVICE:INODE" in decimal digits, or null. Somebody who sends
/// the output elsewhere keeps the variable, so the descriptor is looked at.
[[nodiscard]] bool leads_to_journal(int descriptor, char const* journal_stream) noexcept;

/// What tells the journal the priority of a line that begins with it: "<3>" for an error
/// (sd-daemon(3)). The journal takes it off.
[[nodiscard]] std::string_view journal_prefix(LogLevel level) noexcept;

}  // namespace scaleset::base
