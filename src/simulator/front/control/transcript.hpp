#pragma once

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/transcript.hpp"

namespace scaleset::simulator {

/// GET /_sim/transcript?operation=&since=number or time&secrets=show -> 200, JSON lines as
///   parts/transcript.hpp describes them.
[[nodiscard]] http::ServerResponse control_transcript(Call const& call, Transcript& transcript,
                                                      OperationNames const& names);
/// DELETE /_sim/transcript -> 204. Forgets all exchanges.
[[nodiscard]] http::ServerResponse control_clear_transcript(Call const& call,
                                                            Transcript& transcript);

}  // namespace scaleset::simulator
