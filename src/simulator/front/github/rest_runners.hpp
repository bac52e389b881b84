#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// Runners in the REST API (protocol.md E19), below /orgs/{o}, /repos/{o}/{r} and /enterprises/{e}.
namespace scaleset::simulator {

/// POST .../actions/runners/generate-jitconfig
///   {"name","runner_group_id","labels":[1 to 100],"work_folder"} -> 201
///   {"runner","encoded_jit_config"}; 422 if a field is missing, 403 for group 2 (GitHub's own),
///   404 for an unknown group, 409 for a name that is taken. The runner belongs to no scale set, so
///   it can come online but is never given a job: here, jobs go to scale sets.
[[nodiscard]] http::ServerResponse rest_jit_config(UserVisit const& visit,
                                                   Credentials& credentials);
/// GET .../actions/runners[?name=&per_page=&page=] -> 200 {"total_count","runners"}, the runners of
/// scale sets included.
[[nodiscard]] http::ServerResponse rest_list_runners(UserVisit const& visit);
/// GET .../actions/runners/{id} -> 200; 404
[[nodiscard]] http::ServerResponse rest_get_runner(UserVisit const& visit);
/// DELETE .../actions/runners/{id} -> 204; 404; 422 while the runner has a job
[[nodiscard]] http::ServerResponse rest_remove_runner(UserVisit const& visit);

}  // namespace scaleset::simulator
