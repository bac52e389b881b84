#include "simulator/front/dispatch.hpp"

#include "http/sleep.hpp"
#include "simulator/front/control_api.hpp"
#include "simulator/front/replies.hpp"
#include "simulator/front/rest_api.hpp"
#include "simulator/front/rest_runner_api.hpp"
#include "simulator/front/runner_api.hpp"
#include "simulator/front/scale_set_api.hpp"
#include "simulator/front/session_api.hpp"
#include "simulator/front/workflow_api.hpp"
#include "simulator/front/world_api.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;
namespace {

struct Target {
  std::string_view path;
  std::string_view query;
};

Target split(std::string_view target) {
  std::size_t const mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

Call make_call(Route route, http::ServerRequest const& request) {
  Call call;
  call.route = std::move(route);
  call.query = base::parse_query(split(request.target).query);
  call.headers = request.headers;
  call.body = request.body;
  call.base_url = "http://" + std::string(request.header("Host"));
  return call;
}

/// In the shape of the part of the service that the path leads to.
http::ServerResponse no_such_route(std::string_view path) {
  if (path.starts_with("/_sim/")) return control_error(404, "there is no such control route");
  for (std::string_view const place :
       {"/api/v3/", "/app/", "/orgs/", "/repos/", "/enterprises/", "/actions/"}) {
    if (path.starts_with(place)) return rest_error(404, "Not Found");
  }
  return page_not_found();
}

http::ServerResponse answer_at_once(Service& service, Call const& call) {
  Operation const operation = call.route.operation;
  if (operation >= Operation::control_add_app) return answer_world_call(service, call);
  if (is_control(operation)) return answer_control_call(service, call);
  if (operation >= Operation::runner_token) return answer_runner_call(service, call);
  switch (operation) {
    case Operation::installation_token:
    case Operation::registration_token:
    case Operation::admin_connection: return answer_rest_call(service, call);
    case Operation::create_session:
    case Operation::refresh_session:
    case Operation::delete_session:
    case Operation::acquire_jobs:
    case Operation::delete_message: return answer_session_call(service, call);
    case Operation::rest_jit_config:
    case Operation::rest_list_runners:
    case Operation::rest_get_runner:
    case Operation::rest_remove_runner: return answer_rest_runner_call(service, call);
    case Operation::dispatch_workflow:
    case Operation::list_workflow_runs:
    case Operation::get_workflow_run: return answer_workflow_call(service, call);
    default: return answer_scale_set_call(service, call);
  }
}

asio::awaitable<http::ServerResponse> answer(Service* service, Call call) {
  if (call.route.operation == Operation::get_message) {
    co_return co_await answer_poll(service, std::move(call));
  }
  if (call.route.operation == Operation::runner_get_message) {
    co_return co_await answer_runner_poll(service, std::move(call));
  }
  co_return answer_at_once(*service, call);
}

http::ServerResponse dropped() {
  http::ServerResponse response;
  response.drop_connection = true;
  return response;
}

http::ServerResponse faulty_answer(Fault const& fault) {
  http::ServerResponse response = empty_reply(*fault.status);
  response.body = fault.body;
  response.headers = fault.headers;
  bool typed = fault.body.empty();
  for (auto const& [name, value] : fault.headers)
    typed = typed || equal_ignoring_case(name, "Content-Type");
  bool const is_json = fault.body.starts_with('{') || fault.body.starts_with('[');
  if (!typed)
    response.headers.emplace_back(
        "Content-Type", is_json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8");
  return response;
}

asio::awaitable<http::ServerResponse> answer_despite(Service* service, Call call,
                                                     std::optional<Fault> fault) {
  if (fault && fault->delay.count() > 0) {
    bool const waited = co_await http::sleep_for(fault->delay);
    if (!waited) co_return dropped();
  }
  if (fault && fault->drop == Fault::Drop::before) co_return dropped();
  bool const carried_out = !fault || !fault->status || fault->drop == Fault::Drop::after;
  if (!carried_out) co_return faulty_answer(*fault);
  http::ServerResponse response = co_await answer(service, std::move(call));
  if (fault && fault->drop == Fault::Drop::after) response.drop_connection = true;
  co_return response;
}

/// FDE7:2CEC23:20F50E1:21AB6FB:6A94D802, the last part being the time.
std::string request_id(Service& service) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(service.now());
  std::string id = service.passing_hex(4) + ":" + service.passing_hex(6) + ":" +
                   service.passing_hex(7) + ":" + service.passing_hex(7) + ":";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  auto const time = static_cast<std::uint32_t>(seconds.time_since_epoch().count());
  for (int shift = 28; shift >= 0; shift -= 4) id += kDigits[(time >> shift) & 0xFU];
  for (char& letter : id) {
    if (letter >= 'a' && letter <= 'f') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return id;
}

void add_service_headers(Service& service, http::ServerResponse& response) {
  response.headers.emplace_back("X-GitHub-Request-Id", request_id(service));
  if (service.model.options().profile == Profile::broker) {
    response.headers.emplace_back("X-Github-Backend", "simulator");
  } else {
    std::string const hex = service.passing_hex(32);
    response.headers.emplace_back("ActivityId", hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" +
                                                    hex.substr(12, 4) + "-" + hex.substr(16, 4) +
                                                    "-" + hex.substr(20));
  }
}

http::ServerResponse not_saved() {
  return control_error(500, "the simulator could not save its state; see its log");
}

}  // namespace

asio::awaitable<http::ServerResponse> dispatch(Service* service, http::ServerRequest request) {
  Timestamp const begin = service->now();
  std::string_view const path = split(request.target).path;
  std::optional<Route> route = find_route(request.method, path);
  bool const control = route ? is_control(route->operation) : path.starts_with("/_sim/");
  std::string_view const operation = route ? to_string(route->operation) : "unknown";
  std::optional<Fault> fault;
  if (!control) fault = service->faults.take(operation, begin);
  http::ServerResponse response;
  if (route) {
    Call call = make_call(std::move(*route), request);
    response = co_await answer_despite(service, std::move(call), std::move(fault));
  } else {
    response = no_such_route(path);
  }
  if (!service->settle()) response = not_saved();
  if (control) co_return response;
  add_service_headers(*service, response);
  service->transcript.add(operation, request, response, begin, service->now() - begin);
  co_return response;
}

}  // namespace scaleset::simulator
