#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/front/fields.hpp"

namespace scaleset::simulator {

/// What a request asks for. The names are what faults are set on (control_api.hpp).
enum class Operation : std::uint8_t {
  installation_token,  // E1
  registration_token,  // E2
  admin_connection,    // E3
  find_scale_set,      // E4
  get_scale_set,
  create_scale_set,
  update_scale_set,
  delete_scale_set,
  find_runner_group,  // E9
  create_session,     // E10
  refresh_session,
  delete_session,
  generate_jit_config,  // E13
  acquire_jobs,
  get_runner,  // E15
  find_runner,
  remove_runner,
  get_message,  // E16
  delete_message,
  acquirable_jobs,  // E18
  rest_jit_config,  // E19, the REST API's own routes, from here on
  rest_list_runners,
  rest_get_runner,
  rest_remove_runner,
  dispatch_workflow,
  list_workflow_runs,
  get_workflow_run,
  runner_token,  // 11.4, from here on
  runner_create_session,
  runner_delete_session,
  runner_get_message,
  runner_acknowledge,
  runner_acquire_job,
  runner_renew_job,
  runner_complete_job,
  control_queue_jobs,  // /_sim, from here on
  control_show_job,
  control_cancel_job,
  control_end_session,
  control_add_fault,
  control_show_faults,
  control_clear_faults,
  control_remove_fault,
  control_set_latency,
  control_show_latencies,
  control_clear_latencies,
  control_set_rate_limit,
  control_show_rate_limits,
  control_clear_rate_limits,
  control_show_clock,
  control_advance_clock,
  control_state,
  control_transcript,
  control_clear_transcript,
  control_add_app,
  control_show_world,
  control_replace_world,
};
[[nodiscard]] std::string_view to_string(Operation operation) noexcept;
/// None: no operation of GitHub's namespace has that name.
[[nodiscard]] std::optional<Operation> operation_named(std::string_view name) noexcept;
[[nodiscard]] bool is_control(Operation operation) noexcept;

/// Whether a route as faults, latencies and rate limits name it means that operation: its name,
/// "rest" (all of GitHub's REST API) or "*" (all of GitHub's namespace).
[[nodiscard]] bool covers(std::string_view route, std::string_view operation) noexcept;
/// Complains about a text that covers() could not make sense of.
void check_route(Fields& fields, std::string_view route);

struct Route {
  Operation operation;
  /// The variable path segments, decoded, in order. E2 and E19's runners: the tenant's path as one.
  std::vector<std::string> parameters;
  /// The tenant's place in acquire profile URLs; empty under /rest.
  std::string service_id;
};

/// Finds the operation of a path (without query); none: there is no such route. All of it also
/// answers below /api/v3; one slash at the end makes no difference.
[[nodiscard]] std::optional<Route> find_route(std::string_view method, std::string_view path);
/// "GET, POST": what a path can be asked with; empty: there is no such path.
[[nodiscard]] std::string allowed_methods(std::string_view path);

/// What is served, for documentation and tests: `{}` stands for one segment. What is below the
/// Actions service's URL is shown below /rest; on the acquire profile it is below
/// /_services/pipelines/{}.
struct ServedRoute {
  std::string method;
  std::string path;
  Operation operation;
};
[[nodiscard]] std::vector<ServedRoute> served_routes();

}  // namespace scaleset::simulator
