#pragma once

#include "http/server.hpp"
#include "simulator/front/faults/trouble.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/live_model.hpp"

/// What goes wrong: faults, latencies and rate limits.
namespace scaleset::simulator {

/// POST /_sim/faults {"route":"generate_jit_config", then either "kind":"bom" (effects/ defines the
///     kinds) or "status":500, "headers":{}, "body":"", "drop":"before" or "after",
///     "delayMilliseconds":0; "count":3, "probability":0.5, "from", "until" or "seconds":60 of the
///     simulator's clock} -> 201 {"id":1}
///   The route is an operation's name, "rest" or "*" (parts/operation.hpp). A status is answered
///   without carrying the call out, unless drop is "after". Delays are of the machine's time.
///   Without a count and an end the fault stays until it is deleted.
[[nodiscard]] http::ServerResponse control_add_fault(Call const& call, LiveModel& live,
                                                     Trouble& trouble, OperationNames const& names);
/// GET /_sim/faults -> 200 {"faults":[...], "kinds":[...]}
[[nodiscard]] http::ServerResponse control_show_faults(Call const& call, Trouble& trouble);
/// DELETE /_sim/faults -> 204
[[nodiscard]] http::ServerResponse control_clear_faults(Call const& call, Trouble& trouble);
/// DELETE /_sim/faults/{id} -> 204; 404
[[nodiscard]] http::ServerResponse control_remove_fault(Call const& call, Trouble& trouble);

/// POST, GET and DELETE /_sim/latency: see faults/latency.hpp.
[[nodiscard]] http::ServerResponse control_set_latency(Call const& call, Trouble& trouble,
                                                       OperationNames const& names);
[[nodiscard]] http::ServerResponse control_show_latencies(Call const& call, Trouble& trouble);
[[nodiscard]] http::ServerResponse control_clear_latencies(Call const& call, Trouble& trouble);

/// POST, GET and DELETE /_sim/rate-limit: see faults/rate_limit.hpp.
[[nodiscard]] http::ServerResponse control_set_rate_limit(Call const& call, Trouble& trouble,
                                                          OperationNames const& names);
[[nodiscard]] http::ServerResponse control_show_rate_limits(Call const& call, Trouble& trouble);
[[nodiscard]] http::ServerResponse control_clear_rate_limits(Call const& call, Trouble& trouble);

}  // namespace scaleset::simulator
