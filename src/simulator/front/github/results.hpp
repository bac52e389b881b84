#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"
#include "simulator/front/parts/job_logs.hpp"

/// The Results service, which takes what a job writes and how its steps go, and the service that
/// resolves actions (protocol.md D.3, items 9 and 10). The token is the job's.
namespace scaleset::simulator {

/// POST twirp/results.services.receiver.Receiver/{method}:
///   Get{Step,Job}LogsSignedBlobURL, GetJobDiagLogsSignedBlobURL -> {"logs_url",
///     "blob_storage_type","soft_size_limit"}, GetStepSummarySignedBlobURL the same with
///     "summary_url"
///   Create{StepLogs,JobLogs,StepSummary,JobDiagLogs}Metadata -> {"ok":true}
///   404 {"code":"bad_route"} for any other method
[[nodiscard]] http::ServerResponse results_receiver(JobVisit const& visit, Credentials& credentials,
                                                    JobLogs& logs);
/// POST twirp/github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate
///   {"steps":[{"external_id",...}]} -> {"ok":true}
[[nodiscard]] http::ServerResponse results_update_steps(JobVisit const& visit, JobLogs& logs);
/// PUT to a signed URL, as Azure Blob Storage takes it: the whole text, or with ?comp=appendblock a
///   part of it -> 201; with ?comp=seal nothing more comes -> 200; 401 if the signature is not of
///   that place
[[nodiscard]] http::ServerResponse results_upload(Call const& call, LiveModel& live,
                                                  Credentials& credentials, JobLogs& logs);
/// POST {launch}/actions/build/{plan}/jobs/{job}/runnerresolve/actions -> 422: no action can be
///   fetched
[[nodiscard]] http::ServerResponse resolve_actions(JobVisit const& visit);

}  // namespace scaleset::simulator
