#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"
#include "simulator/front/parts/runner_releases.hpp"

/// What a runner calls with its JIT configuration (protocol.md 11.4, D.3), at the URLs that the
/// configuration and the messages give it. A runner that is not registered any more gets 404 with
/// errorKind RunnerNotFound; a bad token 401.
namespace scaleset::simulator {

/// POST {authorizationUrl}, a form: grant_type=client_credentials & client_assertion=<JWT, PS256 or
///   RS256, iss = sub = clientId> -> {"access_token","expires_in","token_type"}; 400
///   {"error":"invalid_client"} if the runner is unknown
[[nodiscard]] http::ServerResponse runner_token(Call const& call, LiveModel& live,
                                                Credentials& credentials);
/// POST {ServerUrlV2}session {"sessionId","ownerName","agent"} -> 201 the session; the runner is
///   online
[[nodiscard]] http::ServerResponse runner_create_session(BrokerVisit const& visit);
/// DELETE {ServerUrlV2}session -> 204; the bearer token says whose session it is
[[nodiscard]] http::ServerResponse runner_delete_session(BrokerVisit const& visit);
/// GET {ServerUrlV2}message?sessionId=&status=...: a job request, a cancellation, or 202 after the
///   hold time; 403 if the runner's version is too old. After completejob the poll is held as
///   before, until the session ends. The parts outlive it.
boost::asio::awaitable<http::ServerResponse> runner_get_message(Call call, LiveModel* live,
                                                                Credentials* credentials,
                                                                RunnerReleases* releases);
/// POST {ServerUrlV2}acknowledge
[[nodiscard]] http::ServerResponse runner_acknowledge(BrokerVisit const& visit);
/// POST {run_service_url}acquirejob {"jobMessageId"} -> the job (job_message.hpp); 404 if it was
///   cancelled or is gone, 409 if it was acquired before
[[nodiscard]] http::ServerResponse runner_acquire_job(RunServiceVisit const& visit,
                                                      Credentials& credentials);
/// POST {run_service_url}renewjob {"planId","jobId"} -> {"lockedUntil"}
[[nodiscard]] http::ServerResponse runner_renew_job(JobVisit const& visit);
/// POST {run_service_url}completejob {"planId","jobId","conclusion"} -> 204; the registration has
///   ended. "result" is taken if there is no "conclusion".
[[nodiscard]] http::ServerResponse runner_complete_job(JobVisit const& visit);

}  // namespace scaleset::simulator
