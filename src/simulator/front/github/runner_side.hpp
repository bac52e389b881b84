#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// What a runner calls with its JIT configuration (protocol.md 11.4), at the URLs that the
/// configuration and the messages give it. A runner that is not registered any more gets 404 with
/// errorKind RunnerNotFound; a bad token 401.
namespace scaleset::simulator {

/// POST {authorizationUrl}, a form: grant_type=client_credentials & client_assertion=<JWT, RS256,
///   iss = sub = clientId> -> {"access_token","expires_in","token_type"}; 400
///   {"error":"invalid_client"} if the runner is unknown
[[nodiscard]] http::ServerResponse runner_token(Call const& call, LiveModel& live,
                                                Credentials& credentials);
/// POST {ServerUrlV2}session {"sessionId","ownerName","agent"} -> 200 the session; the runner is
///   online
[[nodiscard]] http::ServerResponse runner_create_session(BrokerVisit const& visit);
/// DELETE {ServerUrlV2}session?sessionId=
[[nodiscard]] http::ServerResponse runner_delete_session(BrokerVisit const& visit);
/// GET {ServerUrlV2}message?sessionId=&status=...: a job request, a cancellation, or 202 after the
///   hold time. `live` and `credentials` outlive it.
boost::asio::awaitable<http::ServerResponse> runner_get_message(Call call, LiveModel* live,
                                                                Credentials* credentials);
/// POST {ServerUrlV2}acknowledge
[[nodiscard]] http::ServerResponse runner_acknowledge(BrokerVisit const& visit);
/// POST {run_service_url}acquirejob {"jobMessageId"} -> the job; 404 if it was cancelled or is
///   gone, 409 if it was acquired before
[[nodiscard]] http::ServerResponse runner_acquire_job(RunServiceVisit const& visit);
/// POST {run_service_url}renewjob {"planId","jobId"} -> {"lockedUntil"}
[[nodiscard]] http::ServerResponse runner_renew_job(RunServiceVisit const& visit);
/// POST {run_service_url}completejob {"planId","jobId","conclusion"} -> 200; the registration has
///   ended
[[nodiscard]] http::ServerResponse runner_complete_job(RunServiceVisit const& visit);

}  // namespace scaleset::simulator
