#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

/// What the listener's machine has to say to people.
namespace scaleset::protocol {

/// Something the driver should log.
struct ListenerNote {
  ListenerNote() = default;
  ListenerNote(LogLevel note_level, std::string note_text)
      : level(note_level), text(std::move(note_text)) {}
  LogLevel level = LogLevel::info;
  std::string text;
};

[[nodiscard]] ListenerNote warning(std::string text);
[[nodiscard]] std::string in_seconds(std::chrono::milliseconds delay);

/// What in a message could not be read; empty: nothing.
[[nodiscard]] std::string unreadable_parts(Message const& message);

/// How what was granted differs from what was asked for (W-23); empty: it does not. At most ten ids
/// are named.
[[nodiscard]] std::string shortfall(std::vector<RequestId> const& asked,
                                    std::vector<RequestId> const& granted);

}  // namespace scaleset::protocol
