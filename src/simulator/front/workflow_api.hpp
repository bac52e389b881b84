#pragma once

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// Workflow runs by the REST API (spec E19), below /repos/{owner}/{repository}. Every job is a run
/// of its own. Any credential will do, as for E2. There are no workflow files here: every one named
/// exists.
///
///   POST .../actions/workflows/{file}/dispatches {"ref":"main","inputs":{...}} -> 204, and a job
///        is queued; 422 without "ref" or without a label. Of the inputs, all strings, these say
///        what a workflow file would: "labels" ("linux,big"), or else "scaleset_name", are the
///        job's labels; "group" its runner group; "duration_seconds" and "result" what the pretend
///        runner does. The job goes to the repository's own tenant, its owner's organisation or an
///        enterprise, in this order: to the first that has a scale set for it, else to the first
///        that is known, else to the organisation.
///   GET  .../actions/workflows/{file}/runs[?event=&status=&created=&per_page=&page=]
///        -> 200 {"total_count","workflow_runs"}, newest first. `status` is a status or a
///        conclusion; `created` is ">=TIME", "<=TIME", ">TIME", "<TIME" or "TIME..TIME".
///   GET  .../actions/runs/{id} -> 200 {"id","status":"queued|in_progress|completed","conclusion",
///        "created_at",...}; 404
[[nodiscard]] http::ServerResponse answer_workflow_call(Service& service, Call const& call);

}  // namespace scaleset::simulator
