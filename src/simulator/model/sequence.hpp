#pragma once

#include "scaleset/types.hpp"
#include "simulator/model/options.hpp"

namespace scaleset::simulator {

/// Where the message ids of a scale set begin (protocol.md 6.3).
[[nodiscard]] constexpr MessageId first_message_id(Profile profile) noexcept {
  return MessageId{profile == Profile::broker ? 100000001 : 1};
}

}  // namespace scaleset::simulator
