#pragma once

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// Runners by the REST API (spec E19), below /orgs/{o}, /repos/{o}/{r} and /enterprises/{e}. Any
/// credential will do, as for E2.
///
///   POST   .../actions/runners/generate-jitconfig
///          {"name","runner_group_id","labels":[1 to 100],"work_folder"} -> 201 {"runner",
///          "encoded_jit_config"}; 422 for a field that is missing, 403 for group 2 (GitHub's own),
///          404 for an unknown one, 409 for a name that is taken. The runner belongs to no scale
///          set, so it can come online but is never given a job: jobs here go to scale sets.
///   GET    .../actions/runners[?name=&per_page=&page=] -> 200 {"total_count","runners"}, those of
///          scale sets too
///   GET    .../actions/runners/{id} -> 200; 404
///   DELETE .../actions/runners/{id} -> 204; 404; 422 while it runs a job
[[nodiscard]] http::ServerResponse answer_rest_runner_call(Service& service, Call const& call);

}  // namespace scaleset::simulator
