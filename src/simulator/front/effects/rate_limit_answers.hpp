#pragma once

#include "http/server.hpp"
#include "simulator/front/faults/trouble.hpp"
#include "simulator/front/github/visits.hpp"

/// How a rate limit shows in answers (protocol.md 8).
namespace scaleset::simulator {

/// The answer to a call that exceeds the limit.
[[nodiscard]] http::ServerResponse limit_exceeded(RateLimit const& limit);
/// Adds x-ratelimit-limit, -remaining, -used, -reset and -resource. A secondary limit has none of
/// them: it adds retry-after to a refusal.
void add_limit_headers(RateLimit const& limit, Timestamp now, http::ServerResponse& response);
/// GET /rate_limit -> 200 {"resources":{"core":{"limit","used","remaining","reset"}},"rate"}: the
/// limit that is set for the REST API (POST /_sim/rate-limit), or else one that nobody has used.
[[nodiscard]] http::ServerResponse rest_rate_limit(UserVisit const& visit, Trouble& trouble);

}  // namespace scaleset::simulator
