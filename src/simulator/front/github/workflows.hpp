#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// Workflow runs in the REST API (protocol.md E19), below /repos/{owner}/{repository}. Every job is
/// a run of its own. There are no workflow files here: every file that a call names exists.
namespace scaleset::simulator {

/// POST .../actions/workflows/{file}/dispatches {"ref":"main","inputs":{...}} -> 204, and a job is
///   queued; 422 without "ref" or without a label.
///   The inputs, all of them strings, say what a workflow file would: "labels" ("linux,big"), or
///   else "scaleset_name", are the job's labels; "group" is its runner group; "duration_seconds"
///   and "result" are what the pretend runner does. The job goes to the first of these tenants that
///   has a scale set for it: the repository, its owner's organisation, an enterprise. If none has
///   one it goes to the first that is known, and if none is known to the organisation.
[[nodiscard]] http::ServerResponse dispatch_workflow(UserVisit const& visit);
/// GET .../actions/workflows/{file}/runs[?event=&status=&created=&per_page=&page=] -> 200
///   {"total_count","workflow_runs"}, newest first. `status` is a status or a conclusion; `created`
///   is ">=TIME", "<=TIME", ">TIME", "<TIME" or "TIME..TIME".
[[nodiscard]] http::ServerResponse list_workflow_runs(UserVisit const& visit);
/// GET .../actions/runs/{id} -> 200 {"id","status":"queued|in_progress|completed","conclusion",
///   "created_at",...}; 404
[[nodiscard]] http::ServerResponse get_workflow_run(UserVisit const& visit);
/// POST .../actions/runs/{id}/cancel and .../force-cancel -> 202; 409 if the run has ended
[[nodiscard]] http::ServerResponse cancel_workflow_run(UserVisit const& visit);
/// POST .../actions/runs/{id}/rerun-failed-jobs -> 201, and the job is queued again as the next
///   attempt; 403 if it still runs or has not failed
[[nodiscard]] http::ServerResponse rerun_failed_jobs(UserVisit const& visit);
/// GET .../actions/runs/{id}/jobs -> 200 {"total_count","jobs"}, the latest attempt's one job
[[nodiscard]] http::ServerResponse list_run_jobs(UserVisit const& visit);
/// GET .../actions/jobs/{id} -> 200; 404
[[nodiscard]] http::ServerResponse get_workflow_job(UserVisit const& visit);

}  // namespace scaleset::simulator
