#include "simulator/front/dispatch.hpp"

#include "scaleset/async/timer.hpp"
#include "simulator/front/control_api.hpp"
#include "simulator/front/fault_effects.hpp"
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
  return call;
}

/// In the shape of the part of the service that the path leads to. The REST API says 404 to a wrong
/// method, too.
http::ServerResponse no_such_route(std::string_view method, std::string_view path) {
  for (std::string_view const place :
       {"/api/v3/", "/app/", "/orgs/", "/repos/", "/enterprises/", "/actions/"}) {
    if (path.starts_with(place)) return rest_error(404, "Not Found");
  }
  std::string allowed = allowed_methods(path);
  if (!allowed.empty()) return method_not_allowed(path, method, std::move(allowed));
  if (path.starts_with("/_sim/")) return control_error(404, "there is no such control route");
  return page_not_found();
}

http::ServerResponse answer_at_once(Service& service, Call const& call) {
  Operation const operation = call.route.operation;
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

/// False: cancelled meanwhile.
asio::awaitable<bool> wait_for(std::chrono::milliseconds time) {
  if (time.count() <= 0) co_return true;
  co_return co_await async::sleep_for(time);
}

void bend(Service& service, Call& call) {
  static_cast<void>(
      service.faults.use(to_string(call.route.operation), service.now(), FaultStage::request,
                         [&](Fault const& fault) { return bend_call(service, call, fault); }));
}

void alter(Service& service, Call const& call, http::ServerResponse& response) {
  static_cast<void>(service.faults.use(
      to_string(call.route.operation), service.now(), FaultStage::answer,
      [&](Fault const& fault) { return alter_answer(service, call, fault, response); }));
}

asio::awaitable<http::ServerResponse> answer_despite_faults(Service* service, Call call) {
  std::optional<Fault> const fault =
      service->faults.use(to_string(call.route.operation), service->now(), FaultStage::instead,
                          [](Fault const&) { return true; });
  if (fault) {
    bool const waited = co_await wait_for(fault->delay);
    if (!waited || fault->drop == Fault::Drop::before) co_return dropped();
  }
  bool const drops_after = fault && fault->drop == Fault::Drop::after;
  if (fault && !drops_after && (fault->kind || fault->status))
    co_return faulty_answer(*service, call, *fault);
  bend(*service, call);
  std::optional<http::ServerResponse> const repeat = take_repeat(*service, call);
  if (repeat) co_return *repeat;
  http::ServerResponse response = co_await answer(service, call);
  alter(*service, call, response);
  if (drops_after) response.drop_connection = true;
  co_return response;
}

asio::awaitable<http::ServerResponse> answer_in_time(Service* service, Call call) {
  std::string_view const operation = to_string(call.route.operation);
  std::chrono::milliseconds const latency = service->latencies.draw(operation);
  bool const on_time = co_await wait_for(latency);
  if (!on_time) co_return dropped();
  std::optional<RateLimit> const limit = service->rate_limits.count(operation, service->now());
  http::ServerResponse response;
  if (limit && limit->exceeded()) {
    response = limit_exceeded(*limit);
  } else {
    response = co_await answer_despite_faults(service, std::move(call));
  }
  if (limit) add_limit_headers(*limit, service->now(), response);
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
  http::ServerResponse response;
  if (!route) {
    response = no_such_route(request.method, path);
  } else {
    Call call = make_call(std::move(*route), request);
    call.base_url = service->scheme + "://" + std::string(request.header("Host"));
    if (control) {
      response = call.route.operation >= Operation::control_add_app
                     ? answer_world_call(*service, call)
                     : answer_control_call(*service, call);
    } else {
      response = co_await answer_in_time(service, std::move(call));
    }
  }
  if (!service->settle()) response = not_saved();
  if (control) co_return response;
  add_service_headers(*service, response);
  service->transcript.add(operation, std::move(request), response, begin, service->now() - begin);
  co_return response;
}

}  // namespace scaleset::simulator
