#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  control_cancel_job,
  control_add_fault,
  control_clear_faults,
  control_advance_clock,
  control_state,
  control_transcript,
  control_add_app,
  control_show_world,
  control_replace_world,
};
[[nodiscard]] std::string_view to_string(Operation operation) noexcept;
/// None: no operation of GitHub's namespace has that name.
[[nodiscard]] std::optional<Operation> operation_named(std::string_view name) noexcept;
[[nodiscard]] bool is_control(Operation operation) noexcept;

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

}  // namespace scaleset::simulator
