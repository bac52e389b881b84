#include "simulator/front/routes.hpp"

#include <array>
#include <utility>
#include <vector>

#include "simulator/front/control/clock.hpp"
#include "simulator/front/control/faults.hpp"
#include "simulator/front/control/jobs.hpp"
#include "simulator/front/control/sessions.hpp"
#include "simulator/front/control/state.hpp"
#include "simulator/front/control/transcript.hpp"
#include "simulator/front/control/world.hpp"
#include "simulator/front/effects/rate_limit_answers.hpp"
#include "simulator/front/github/message_queue.hpp"
#include "simulator/front/github/rest_runners.hpp"
#include "simulator/front/github/rest_tools.hpp"
#include "simulator/front/github/results.hpp"
#include "simulator/front/github/runner_door.hpp"
#include "simulator/front/github/runner_side.hpp"
#include "simulator/front/github/runners.hpp"
#include "simulator/front/github/scale_sets.hpp"
#include "simulator/front/github/sessions.hpp"
#include "simulator/front/github/token_chain.hpp"
#include "simulator/front/github/workflows.hpp"
#include "simulator/front/handler.hpp"

namespace scaleset::simulator {
namespace {

using enum Area;

constexpr auto kRoutes = std::to_array<Route>({
    // E1 to E3 and E19: the REST API
    {rest, "installation_token", "POST", "app/installations/{}/access_tokens",
     handler<&installation_token>},
    {rest, "registration_token", "POST", "{tenant}/actions/runners/registration-token",
     handler<&registration_token>},
    {rest, "admin_connection", "POST", "actions/runner-registration", handler<&admin_connection>},
    {rest, "rest_jit_config", "POST", "{tenant}/actions/runners/generate-jitconfig",
     handler<&rest_jit_config>},
    {rest, "rest_remove_token", "POST", "{tenant}/actions/runners/remove-token",
     handler<&rest_remove_token>},
    {rest, "rest_runner_downloads", "GET", "{tenant}/actions/runners/downloads",
     handler<&rest_runner_downloads>},
    {rest, "rest_runner_deprecation", "GET", "{tenant}/actions/runners/deprecations/{}",
     handler<&rest_runner_deprecation>},
    {rest, "rest_runner_groups", "GET", "{account}/actions/runner-groups",
     handler<&rest_runner_groups>},
    {rest, "rest_rate_limit", "GET", "rate_limit", handler<&rest_rate_limit>},
    {rest, "rest_list_runners", "GET", "{tenant}/actions/runners", handler<&rest_list_runners>},
    {rest, "rest_get_runner", "GET", "{tenant}/actions/runners/{}", handler<&rest_get_runner>},
    {rest, "rest_remove_runner", "DELETE", "{tenant}/actions/runners/{}",
     handler<&rest_remove_runner>},
    {rest, "dispatch_workflow", "POST", "repos/{}/{}/actions/workflows/{}/dispatches",
     handler<&dispatch_workflow>},
    {rest, "list_workflow_runs", "GET", "repos/{}/{}/actions/workflows/{}/runs",
     handler<&list_workflow_runs>},
    {rest, "get_workflow_run", "GET", "repos/{}/{}/actions/runs/{}", handler<&get_workflow_run>},
    {rest, "cancel_workflow_run", "POST", "repos/{}/{}/actions/runs/{}/cancel",
     handler<&cancel_workflow_run>},
    {rest, "cancel_workflow_run", "POST", "repos/{}/{}/actions/runs/{}/force-cancel",
     handler<&cancel_workflow_run>},
    {rest, "rerun_failed_jobs", "POST", "repos/{}/{}/actions/runs/{}/rerun-failed-jobs",
     handler<&rerun_failed_jobs>},
    {rest, "list_run_jobs", "GET", "repos/{}/{}/actions/runs/{}/jobs", handler<&list_run_jobs>},
    {rest, "get_workflow_job", "GET", "repos/{}/{}/actions/jobs/{}", handler<&get_workflow_job>},
    // E4 to E18: the Actions service and its message queue
    {actions, "get_message", "GET", "scalesets/message", handler<&get_message>},
    {actions, "delete_message", "DELETE", "scalesets/message/{}", handler<&delete_message>},
    {actions, "find_scale_set", "GET", "{service}/_apis/runtime/runnerscalesets",
     handler<&find_scale_set>},
    {actions, "create_scale_set", "POST", "{service}/_apis/runtime/runnerscalesets",
     handler<&create_scale_set>},
    {actions, "get_scale_set", "GET", "{service}/_apis/runtime/runnerscalesets/{}",
     handler<&get_scale_set>},
    {actions, "update_scale_set", "PATCH", "{service}/_apis/runtime/runnerscalesets/{}",
     handler<&update_scale_set>},
    {actions, "delete_scale_set", "DELETE", "{service}/_apis/runtime/runnerscalesets/{}",
     handler<&delete_scale_set>},
    {actions, "create_session", "POST", "{service}/_apis/runtime/runnerscalesets/{}/sessions",
     handler<&create_session>},
    {actions, "refresh_session", "PATCH", "{service}/_apis/runtime/runnerscalesets/{}/sessions/{}",
     handler<&refresh_session>},
    {actions, "delete_session", "DELETE", "{service}/_apis/runtime/runnerscalesets/{}/sessions/{}",
     handler<&delete_session>},
    {actions, "generate_jit_config", "POST",
     "{service}/_apis/runtime/runnerscalesets/{}/generatejitconfig", handler<&generate_jit_config>},
    {actions, "acquire_jobs", "POST", "{service}/_apis/runtime/runnerscalesets/{}/acquirejobs",
     handler<&acquire_jobs>},
    {actions, "acquirable_jobs", "GET", "{service}/_apis/runtime/runnerscalesets/{}/acquirablejobs",
     handler<&acquirable_jobs>},
    {actions, "find_runner_group", "GET", "{service}/_apis/runtime/runnergroups",
     handler<&find_runner_group>},
    {actions, "find_runner", "GET", "{service}/_apis/distributedtask/pools/0/agents",
     handler<&find_runner>},
    {actions, "get_runner", "GET", "{service}/_apis/distributedtask/pools/0/agents/{}",
     handler<&get_runner>},
    {actions, "remove_runner", "DELETE", "{service}/_apis/distributedtask/pools/0/agents/{}",
     handler<&remove_runner>},
    // The queue of the acquire profile. Its URL is opaque to clients, so its form is ours
    // (protocol.md 1).
    {actions, "get_message", "GET", "{pipelines}/_apis/runtime/messagequeue",
     handler<&get_message>},
    {actions, "delete_message", "DELETE", "{pipelines}/_apis/runtime/messagequeue/{}",
     handler<&delete_message>},
    // protocol.md 11.4, D.3: what runners call
    {runner, "connection_data", "GET", "{pipelines}/_apis/connectionData",
     handler<&connection_data>},
    {runner, "runner_v1_create_session", "POST",
     "{pipelines}/_apis/distributedtask/pools/{}/sessions", handler<&runner_v1_create_session>},
    {runner, "runner_v1_delete_session", "DELETE",
     "{pipelines}/_apis/distributedtask/pools/{}/sessions/{}", handler<&runner_v1_delete_session>},
    {runner, "runner_token", "POST", "_apis/oauth2/token", handler<&runner_token>},
    {runner, "runner_create_session", "POST", "broker/session", handler<&runner_create_session>},
    {runner, "runner_delete_session", "DELETE", "broker/session", handler<&runner_delete_session>},
    {runner, "runner_get_message", "GET", "broker/message", handler<&runner_get_message>},
    {runner, "runner_acknowledge", "POST", "broker/acknowledge", handler<&runner_acknowledge>},
    {runner, "runner_acquire_job", "POST", "run/{}/acquirejob", handler<&runner_acquire_job>},
    {runner, "runner_renew_job", "POST", "run/{}/renewjob", handler<&runner_renew_job>},
    {runner, "runner_complete_job", "POST", "run/{}/completejob", handler<&runner_complete_job>},
    {runner, "results_receiver", "POST", "twirp/results.services.receiver.Receiver/{}",
     handler<&results_receiver>},
    {runner, "results_update_steps", "POST",
     "twirp/github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate",
     handler<&results_update_steps>},
    {runner, "results_upload", "PUT", "results/{}/{}/{}", handler<&results_upload>},
    {runner, "resolve_actions", "POST", "actions/build/{}/jobs/{}/runnerresolve/actions",
     handler<&resolve_actions>},
    // what only a simulator has
    {control, "control_queue_jobs", "POST", "_sim/jobs", handler<&control_queue_jobs>},
    {control, "control_show_job", "GET", "_sim/jobs/{}", handler<&control_show_job>},
    {control, "control_show_logs", "GET", "_sim/jobs/{}/logs", handler<&control_show_logs>},
    {control, "control_cancel_job", "DELETE", "_sim/jobs/{}", handler<&control_cancel_job>},
    {control, "control_cancel_job", "POST", "_sim/jobs/{}/cancel", handler<&control_cancel_job>},
    {control, "control_end_session", "DELETE", "_sim/sessions/{}", handler<&control_end_session>},
    {control, "control_add_fault", "POST", "_sim/faults", handler<&control_add_fault>},
    {control, "control_show_faults", "GET", "_sim/faults", handler<&control_show_faults>},
    {control, "control_clear_faults", "DELETE", "_sim/faults", handler<&control_clear_faults>},
    {control, "control_remove_fault", "DELETE", "_sim/faults/{}", handler<&control_remove_fault>},
    {control, "control_set_latency", "POST", "_sim/latency", handler<&control_set_latency>},
    {control, "control_show_latencies", "GET", "_sim/latency", handler<&control_show_latencies>},
    {control, "control_clear_latencies", "DELETE", "_sim/latency",
     handler<&control_clear_latencies>},
    {control, "control_set_rate_limit", "POST", "_sim/rate-limit",
     handler<&control_set_rate_limit>},
    {control, "control_show_rate_limits", "GET", "_sim/rate-limit",
     handler<&control_show_rate_limits>},
    {control, "control_clear_rate_limits", "DELETE", "_sim/rate-limit",
     handler<&control_clear_rate_limits>},
    {control, "control_show_clock", "GET", "_sim/clock", handler<&control_show_clock>},
    {control, "control_advance_clock", "POST", "_sim/clock/advance",
     handler<&control_advance_clock>},
    {control, "control_state", "GET", "_sim/state", handler<&control_state>},
    {control, "control_transcript", "GET", "_sim/transcript", handler<&control_transcript>},
    {control, "control_clear_transcript", "DELETE", "_sim/transcript",
     handler<&control_clear_transcript>},
    {control, "control_add_app", "POST", "_sim/apps", handler<&control_add_app>},
    {control, "control_show_runner_releases", "GET", "_sim/runner-releases",
     handler<&control_show_runner_releases>},
    {control, "control_change_runner_releases", "PUT", "_sim/runner-releases",
     handler<&control_change_runner_releases>},
    {control, "control_show_world", "GET", "_sim/world", handler<&control_show_world>},
    {control, "control_replace_world", "PUT", "_sim/world", handler<&control_replace_world>},
});

}  // namespace

std::span<Route const> routes() noexcept { return kRoutes; }

OperationNames operation_names() {
  std::vector<std::string_view> names;
  for (Route const& route : kRoutes) {
    if (route.area != control) names.push_back(route.name);
  }
  return OperationNames(std::move(names));
}

}  // namespace scaleset::simulator
