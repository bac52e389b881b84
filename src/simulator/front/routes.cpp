#include "simulator/front/routes.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/url.hpp"

namespace scaleset::simulator {
namespace {

using enum Operation;

struct Name {
  Operation operation;
  std::string_view name;
};

constexpr auto kNames = std::to_array<Name>({
    {installation_token, "installation_token"},
    {registration_token, "registration_token"},
    {admin_connection, "admin_connection"},
    {find_scale_set, "find_scale_set"},
    {get_scale_set, "get_scale_set"},
    {create_scale_set, "create_scale_set"},
    {update_scale_set, "update_scale_set"},
    {delete_scale_set, "delete_scale_set"},
    {find_runner_group, "find_runner_group"},
    {create_session, "create_session"},
    {refresh_session, "refresh_session"},
    {delete_session, "delete_session"},
    {generate_jit_config, "generate_jit_config"},
    {acquire_jobs, "acquire_jobs"},
    {get_runner, "get_runner"},
    {find_runner, "find_runner"},
    {remove_runner, "remove_runner"},
    {get_message, "get_message"},
    {delete_message, "delete_message"},
    {acquirable_jobs, "acquirable_jobs"},
    {rest_jit_config, "rest_jit_config"},
    {rest_list_runners, "rest_list_runners"},
    {rest_get_runner, "rest_get_runner"},
    {rest_remove_runner, "rest_remove_runner"},
    {dispatch_workflow, "dispatch_workflow"},
    {list_workflow_runs, "list_workflow_runs"},
    {get_workflow_run, "get_workflow_run"},
    {runner_token, "runner_token"},
    {runner_create_session, "runner_create_session"},
    {runner_delete_session, "runner_delete_session"},
    {runner_get_message, "runner_get_message"},
    {runner_acknowledge, "runner_acknowledge"},
    {runner_acquire_job, "runner_acquire_job"},
    {runner_renew_job, "runner_renew_job"},
    {runner_complete_job, "runner_complete_job"},
    {control_queue_jobs, "control_queue_jobs"},
    {control_show_job, "control_show_job"},
    {control_cancel_job, "control_cancel_job"},
    {control_end_session, "control_end_session"},
    {control_add_fault, "control_add_fault"},
    {control_show_faults, "control_show_faults"},
    {control_clear_faults, "control_clear_faults"},
    {control_remove_fault, "control_remove_fault"},
    {control_set_latency, "control_set_latency"},
    {control_show_latencies, "control_show_latencies"},
    {control_clear_latencies, "control_clear_latencies"},
    {control_set_rate_limit, "control_set_rate_limit"},
    {control_show_rate_limits, "control_show_rate_limits"},
    {control_clear_rate_limits, "control_clear_rate_limits"},
    {control_show_clock, "control_show_clock"},
    {control_advance_clock, "control_advance_clock"},
    {control_state, "control_state"},
    {control_transcript, "control_transcript"},
    {control_clear_transcript, "control_clear_transcript"},
    {control_add_app, "control_add_app"},
    {control_show_world, "control_show_world"},
    {control_replace_world, "control_replace_world"},
});

/// `{}` stands for one segment.
struct Pattern {
  std::string_view method;
  std::string_view path;
  Operation operation;
};

constexpr auto kRootPatterns = std::to_array<Pattern>({
    {"POST", "app/installations/{}/access_tokens", installation_token},
    {"POST", "orgs/{}/actions/runners/registration-token", registration_token},
    {"POST", "repos/{}/{}/actions/runners/registration-token", registration_token},
    {"POST", "enterprises/{}/actions/runners/registration-token", registration_token},
    {"POST", "actions/runner-registration", admin_connection},
    {"POST", "orgs/{}/actions/runners/generate-jitconfig", rest_jit_config},
    {"POST", "repos/{}/{}/actions/runners/generate-jitconfig", rest_jit_config},
    {"POST", "enterprises/{}/actions/runners/generate-jitconfig", rest_jit_config},
    {"GET", "orgs/{}/actions/runners", rest_list_runners},
    {"GET", "repos/{}/{}/actions/runners", rest_list_runners},
    {"GET", "enterprises/{}/actions/runners", rest_list_runners},
    {"GET", "orgs/{}/actions/runners/{}", rest_get_runner},
    {"GET", "repos/{}/{}/actions/runners/{}", rest_get_runner},
    {"GET", "enterprises/{}/actions/runners/{}", rest_get_runner},
    {"DELETE", "orgs/{}/actions/runners/{}", rest_remove_runner},
    {"DELETE", "repos/{}/{}/actions/runners/{}", rest_remove_runner},
    {"DELETE", "enterprises/{}/actions/runners/{}", rest_remove_runner},
    {"POST", "repos/{}/{}/actions/workflows/{}/dispatches", dispatch_workflow},
    {"GET", "repos/{}/{}/actions/workflows/{}/runs", list_workflow_runs},
    {"GET", "repos/{}/{}/actions/runs/{}", get_workflow_run},
    {"GET", "scalesets/message", get_message},
    {"DELETE", "scalesets/message/{}", delete_message},
    {"POST", "_apis/oauth2/token", runner_token},
    {"POST", "broker/session", runner_create_session},
    {"DELETE", "broker/session", runner_delete_session},
    {"GET", "broker/message", runner_get_message},
    {"POST", "broker/acknowledge", runner_acknowledge},
    {"POST", "run/{}/acquirejob", runner_acquire_job},
    {"POST", "run/{}/renewjob", runner_renew_job},
    {"POST", "run/{}/completejob", runner_complete_job},
    {"POST", "_sim/jobs", control_queue_jobs},
    {"GET", "_sim/jobs/{}", control_show_job},
    {"DELETE", "_sim/jobs/{}", control_cancel_job},
    {"POST", "_sim/jobs/{}/cancel", control_cancel_job},
    {"DELETE", "_sim/sessions/{}", control_end_session},
    {"POST", "_sim/faults", control_add_fault},
    {"GET", "_sim/faults", control_show_faults},
    {"DELETE", "_sim/faults", control_clear_faults},
    {"DELETE", "_sim/faults/{}", control_remove_fault},
    {"POST", "_sim/latency", control_set_latency},
    {"GET", "_sim/latency", control_show_latencies},
    {"DELETE", "_sim/latency", control_clear_latencies},
    {"POST", "_sim/rate-limit", control_set_rate_limit},
    {"GET", "_sim/rate-limit", control_show_rate_limits},
    {"DELETE", "_sim/rate-limit", control_clear_rate_limits},
    {"GET", "_sim/clock", control_show_clock},
    {"POST", "_sim/clock/advance", control_advance_clock},
    {"GET", "_sim/state", control_state},
    {"GET", "_sim/transcript", control_transcript},
    {"DELETE", "_sim/transcript", control_clear_transcript},
    {"POST", "_sim/apps", control_add_app},
    {"GET", "_sim/world", control_show_world},
    {"PUT", "_sim/world", control_replace_world},
});

/// Below the Actions service's URL.
constexpr auto kServicePatterns = std::to_array<Pattern>({
    {"GET", "_apis/runtime/runnerscalesets", find_scale_set},
    {"POST", "_apis/runtime/runnerscalesets", create_scale_set},
    {"GET", "_apis/runtime/runnerscalesets/{}", get_scale_set},
    {"PATCH", "_apis/runtime/runnerscalesets/{}", update_scale_set},
    {"DELETE", "_apis/runtime/runnerscalesets/{}", delete_scale_set},
    {"POST", "_apis/runtime/runnerscalesets/{}/sessions", create_session},
    {"PATCH", "_apis/runtime/runnerscalesets/{}/sessions/{}", refresh_session},
    {"DELETE", "_apis/runtime/runnerscalesets/{}/sessions/{}", delete_session},
    {"POST", "_apis/runtime/runnerscalesets/{}/generatejitconfig", generate_jit_config},
    {"POST", "_apis/runtime/runnerscalesets/{}/acquirejobs", acquire_jobs},
    {"GET", "_apis/runtime/runnerscalesets/{}/acquirablejobs", acquirable_jobs},
    {"GET", "_apis/runtime/runnergroups", find_runner_group},
    {"GET", "_apis/distributedtask/pools/0/agents", find_runner},
    {"GET", "_apis/distributedtask/pools/0/agents/{}", get_runner},
    {"DELETE", "_apis/distributedtask/pools/0/agents/{}", remove_runner},
});

/// The queue of the acquire profile; below the service's URL, too.
constexpr auto kQueuePatterns = std::to_array<Pattern>({
    {"GET", "_apis/runtime/messagequeue", get_message},
    {"DELETE", "_apis/runtime/messagequeue/{}", delete_message},
});

/// Cuts the first segment off; what is left has no leading slash.
std::string_view take_segment(std::string_view& path) {
  std::size_t const slash = path.find('/');
  std::string_view const segment = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  return segment;
}

std::optional<std::vector<std::string>> parameters_of(std::string_view pattern,
                                                      std::string_view path) {
  std::vector<std::string> parameters;
  while (!pattern.empty() && !path.empty()) {
    std::string_view const wanted = take_segment(pattern);
    std::string_view const given = take_segment(path);
    if (wanted == "{}") {
      std::optional<std::string> decoded = base::percent_decode(given, false);
      bool const usable = decoded && !decoded->empty() && decoded->find('/') == std::string::npos;
      if (!usable) return std::nullopt;
      parameters.push_back(std::move(*decoded));
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

std::optional<Route> match(std::span<Pattern const> patterns, std::string_view method,
                           std::string_view path) {
  for (Pattern const& pattern : patterns) {
    if (pattern.method != method) continue;
    std::optional<std::vector<std::string>> parameters = parameters_of(pattern.path, path);
    if (parameters) return Route{pattern.operation, std::move(*parameters), ""};
  }
  return std::nullopt;
}

bool names_a_tenant(Operation operation) {
  return operation == registration_token ||
         (operation >= rest_jit_config && operation <= rest_remove_runner);
}

/// The tenant becomes one parameter, as in a config URL's path; what follows stays.
void join_tenant(Route& route, std::string_view path) {
  std::vector<std::string>& parameters = route.parameters;
  if (path.starts_with("enterprises/")) parameters.front().insert(0, "enterprises/");
  if (!path.starts_with("repos/")) return;
  parameters[0] += "/" + parameters[1];
  parameters.erase(parameters.begin() + 1);
}

std::optional<Route> find_below_service(std::string_view method, std::string_view path) {
  if (path.starts_with("rest/")) return match(kServicePatterns, method, path.substr(5));
  constexpr std::string_view kPipelines = "_services/pipelines/";
  if (!path.starts_with(kPipelines)) return std::nullopt;
  path.remove_prefix(kPipelines.size());
  std::string_view const service_id = take_segment(path);
  std::optional<Route> route = match(kServicePatterns, method, path);
  if (!route) route = match(kQueuePatterns, method, path);
  if (route) route->service_id = std::string(service_id);
  return route;
}

}  // namespace

std::string_view to_string(Operation operation) noexcept {
  return std::ranges::find(kNames, operation, &Name::operation)->name;
}

std::optional<Operation> operation_named(std::string_view name) noexcept {
  auto const found = std::ranges::find(kNames, name, &Name::name);
  if (found == kNames.end() || is_control(found->operation)) return std::nullopt;
  return found->operation;
}

bool is_control(Operation operation) noexcept { return operation >= control_queue_jobs; }

bool covers(std::string_view route, std::string_view operation) noexcept {
  if (route == "*" || route == operation) return true;
  std::optional<Operation> const which = operation_named(operation);
  if (route != "rest" || !which) return false;
  return *which <= admin_connection || (*which >= rest_jit_config && *which <= get_workflow_run);
}

void check_route(Fields& fields, std::string_view route) {
  if (route == "*" || route == "rest" || operation_named(route)) return;
  fields.complain("route",
                  "must be \"*\", \"rest\" or the name of an operation, such as \"get_message\"");
}

std::string allowed_methods(std::string_view path) {
  std::string allowed;
  for (std::string_view const method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    if (find_route(method, path)) allowed.append(allowed.empty() ? "" : ", ").append(method);
  }
  return allowed;
}

std::vector<ServedRoute> served_routes() {
  std::vector<ServedRoute> routes;
  auto const add = [&](std::span<Pattern const> patterns, std::string const& below) {
    for (Pattern const& pattern : patterns)
      routes.push_back(
          {std::string(pattern.method), below + std::string(pattern.path), pattern.operation});
  };
  add(kRootPatterns, "/");
  add(kServicePatterns, "/rest/");
  add(kQueuePatterns, "/_services/pipelines/{}/");
  return routes;
}

std::optional<Route> find_route(std::string_view method, std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.starts_with("api/v3/")) path.remove_prefix(7);
  if (path.ends_with('/')) path.remove_suffix(1);
  std::optional<Route> route = match(kRootPatterns, method, path);
  if (!route) return find_below_service(method, path);
  if (names_a_tenant(route->operation)) join_tenant(*route, path);
  return route;
}

}  // namespace scaleset::simulator
