#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

/// What the listener's machine has to tell people.
namespace scaleset::protocol {

/// Something the driver should log.
struct ListenerNote {
  ListenerNote() = default;
  ListenerNote(LogLevel note_level, std::string note_text)
      : level(note_level), text(std::move(note_text)) {}
  LogLevel level = LogLevel::info;
  std::string text;
};

/// Of a session_conflict: says so if the service names us as the owner of the open session. Other
/// errors come back as they are.
[[nodiscard]] Error with_holder(Error error, std::string_view our_owner);

[[nodiscard]] ListenerNote warning(std::string text);
[[nodiscard]] std::string in_seconds(std::chrono::milliseconds delay);

/// Says which entries of a message could not be read. Empty: all could.
[[nodiscard]] std::string unreadable_parts(Message const& message);

/// Says how the granted jobs differ from those asked for (W-23), naming at most ten ids. Empty:
/// they do not differ.
[[nodiscard]] std::string shortfall(std::vector<RequestId> const& asked,
                                    std::vector<RequestId> const& granted);

}  // namespace scaleset::protocol
