#pragma once

#include "http/server.hpp"
#include "simulator/front/faults/rate_limit.hpp"

/// How a rate limit shows in answers (protocol.md 8).
namespace scaleset::simulator {

/// The answer to a call that exceeds the limit.
[[nodiscard]] http::ServerResponse limit_exceeded(RateLimit const& limit);
/// Adds x-ratelimit-limit, -remaining, -used, -reset and -resource. A secondary limit has none of
/// them: it adds retry-after to a refusal.
void add_limit_headers(RateLimit const& limit, Timestamp now, http::ServerResponse& response);

}  // namespace scaleset::simulator
