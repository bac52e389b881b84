#pragma once

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/job_logs.hpp"
#include "simulator/front/parts/live_model.hpp"

/// The control routes are what only a simulator has. They are off GitHub's namespace, below /_sim,
/// and ask for no token. docs/simulator/openapi.json describes all of them with examples.
namespace scaleset::simulator {

/// POST /_sim/jobs {"count":1, "labels":["set"], "tenant":"my-org", "repository":"r",
///     "displayName":"build", "durationMilliseconds":1500 or [least, most], "result":"succeeded",
///     "script":"", "public":false, "group":"Big"} -> 201 {"jobIds":[...]}.
///   Only the labels must be given. The tenant may be left out if there is only one.
[[nodiscard]] http::ServerResponse control_queue_jobs(Call const& call, LiveModel& live);
/// GET /_sim/jobs/{id} -> 200, the job as in GET /_sim/state; 404
[[nodiscard]] http::ServerResponse control_show_job(Call const& call, LiveModel& live);
/// GET /_sim/jobs/{id}/logs -> 200 {"jobId","steps","logs":[{"kind","step","complete","lines",
/// "text"}]}, what the job's runner has uploaded; 404 if there is nothing
[[nodiscard]] http::ServerResponse control_show_logs(Call const& call, LiveModel& live,
                                                     JobLogs& logs);
/// DELETE /_sim/jobs/{id} and POST /_sim/jobs/{id}/cancel -> 202; 404
[[nodiscard]] http::ServerResponse control_cancel_job(Call const& call, LiveModel& live);

}  // namespace scaleset::simulator
