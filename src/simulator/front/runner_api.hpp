#pragma once

#include <boost/asio/awaitable.hpp>

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// What a runner calls with its JIT configuration (spec 11.4), but for its long poll.
///
///   POST {authorizationUrl}          form: grant_type=client_credentials & client_assertion=<JWT
///   RS256, iss = sub = clientId>
///                                    -> {"access_token","expires_in","token_type"}; 400
///                                    {"error":"invalid_client"} if unknown
///   POST {ServerUrlV2}session        {"sessionId","ownerName","agent"} -> 200 the session; the
///   runner is online DELETE {ServerUrlV2}session?sessionId= POST {ServerUrlV2}acknowledge POST
///   {run_service_url}acquirejob {"jobMessageId"} -> the job; 404 cancelled or gone, 409 acquired
///   before POST {run_service_url}renewjob   {"planId","jobId"} -> {"lockedUntil"} POST
///   {run_service_url}completejob {"planId","jobId","conclusion"} -> 200; the registration has
///   ended
/// A runner that is registered no more gets 404, errorKind RunnerNotFound; a bad token 401.
[[nodiscard]] http::ServerResponse answer_runner_call(Service& service, Call const& call);

/// GET {ServerUrlV2}message?sessionId=&status=...: a job request, a cancellation, or 202. `service`
/// outlives it.
boost::asio::awaitable<http::ServerResponse> answer_runner_poll(Service* service, Call call);

}  // namespace scaleset::simulator
