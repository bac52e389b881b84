#include "simulator/front/dispatch.hpp"

#include <utility>

#include "scaleset/async/timer.hpp"
#include "simulator/front/control/errors.hpp"
#include "simulator/front/effects/edit_messages.hpp"
#include "simulator/front/effects/own_answer.hpp"
#include "simulator/front/effects/rate_limit_answers.hpp"
#include "simulator/front/effects/scene.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/routing.hpp"

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

/// Handlers build URLs from the Host header, so that clients reach the simulator by the name that
/// they used.
Call make_call(FoundRoute found, Front const& front, http::ServerRequest const& request) {
  Call call;
  call.operation = found.route->operation();
  call.segments = std::move(found.segments);
  call.service_id = std::move(found.service_id);
  call.path = std::string(split(request.target).path);
  call.query = base::parse_query(split(request.target).query);
  call.headers = request.headers;
  call.body = request.body;
  call.base_url = front.scheme + "://" + std::string(request.header("Host"));
  return call;
}

/// In the form of the part of the service that the path belongs to: each has an error format of its
/// own.
http::ServerResponse method_not_allowed(std::string_view path, std::string_view method,
                                        std::string allowed) {
  std::string text = "The requested resource does not support http method '";
  text.append(method).append("'; it supports ").append(allowed).append(".");
  http::ServerResponse response = service_method_not_allowed(text);
  if (path.starts_with("/_sim/")) response = control_error(405, text);
  if (path.starts_with("/broker/")) response = broker_error(405, "MethodNotAllowed", text);
  if (path.starts_with("/run/")) response = run_service_error(405, text);
  response.headers.emplace_back("Allow", std::move(allowed));
  return response;
}

/// Without this header the official runner does not see that it should identify itself.
void add_challenge(Route const& route, http::ServerResponse& response) {
  if (route.area == Area::runner && response.status == 401)
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
}

/// In the shape of the part of the service that the path leads to. The REST API answers 404 to a
/// wrong method as well.
http::ServerResponse no_such_route(std::string_view method, std::string_view path) {
  for (std::string_view const place : {"/api/v3/", "/app/", "/orgs/", "/repos/", "/enterprises/",
                                       "/rate_limit", "/actions/runner-registration"}) {
    if (path.starts_with(place)) return rest_error(404, "Not Found");
  }
  std::string allowed = allowed_methods(path);
  if (!allowed.empty()) return method_not_allowed(path, method, std::move(allowed));
  if (path.starts_with("/_sim/")) return control_error(404, "there is no such control route");
  return page_not_found();
}

http::ServerResponse dropped() {
  http::ServerResponse response;
  response.drop_connection = true;
  return response;
}

/// False: cancelled before the time was over.
asio::awaitable<bool> wait_for(std::chrono::milliseconds time) {
  if (time.count() <= 0) co_return true;
  co_return co_await async::sleep_for(time);
}

/// What an effect may see and change.
Scene scene_of(Front& front, Call& call, std::int64_t argument) {
  return Scene{front.live, front.credentials, front.trouble.repeats, call, argument};
}

/// Lets the faults that change requests, or the world, do so.
void change_request(Front& front, Call& call) {
  auto const apply = [&](Fault const& fault) {
    return std::get<ChangeRequest>(fault.kind->effect)(scene_of(front, call, fault.argument));
  };
  static_cast<void>(
      front.trouble.faults.use(call.operation, front.live.now(), FaultStage::request, apply));
}

void change_answer(Front& front, Call& call, http::ServerResponse& response) {
  auto const apply = [&](Fault const& fault) {
    Scene const scene = scene_of(front, call, fault.argument);
    return std::get<ChangeAnswer>(fault.kind->effect)(scene, response);
  };
  static_cast<void>(
      front.trouble.faults.use(call.operation, front.live.now(), FaultStage::answer, apply));
}

/// What the fault answers without carrying the call out. None: it only delays or drops.
std::optional<http::ServerResponse> answer_of(Front& front, Call& call, Fault const& fault) {
  if (fault.kind != nullptr)
    return std::get<AnswerInstead>(fault.kind->effect)(scene_of(front, call, fault.argument));
  if (!fault.status) return std::nullopt;
  return own_answer(fault);
}

/// Most handlers answer at once and need no coroutine; polls do.
asio::awaitable<http::ServerResponse> carry_out(Front* front, Route const* route, Call call) {
  if (AnswersAtOnce const at_once = route->handler.at_once()) co_return at_once(*front, call);
  co_return co_await route->handler.later()(*front, std::move(call));
}

/// The order of the three stages (ADR 25): a fault that answers instead of the call; one that
/// changes the request or the world; the call itself; one that changes the answer.
asio::awaitable<http::ServerResponse> answer_despite_faults(Front* front, Route const* route,
                                                            Call call) {
  std::optional<Fault> const fault = front->trouble.faults.use(
      call.operation, front->live.now(), FaultStage::instead, [](Fault const&) { return true; });
  if (fault) {
    bool const waited = co_await wait_for(fault->delay);
    if (!waited || fault->drop == Fault::Drop::before) co_return dropped();
  }
  // The call is carried out and its answer is lost: what makes a repeated POST collide with itself
  // (W-8).
  bool const drops_after = fault && fault->drop == Fault::Drop::after;
  if (fault && !drops_after) {
    std::optional<http::ServerResponse> const instead = answer_of(*front, call, *fault);
    if (instead) co_return *instead;
  }
  change_request(*front, call);
  // What duplicate_delivery or out_of_order_delivery put aside comes before anything new.
  std::optional<http::ServerResponse> const repeat = take_repeat(scene_of(*front, call, 0));
  if (repeat) co_return *repeat;
  http::ServerResponse response = co_await carry_out(front, route, call);
  change_answer(*front, call, response);
  if (drops_after) response.drop_connection = true;
  co_return response;
}

/// Latency first, then the rate limit, then the faults: a refused call must not use up a fault.
asio::awaitable<http::ServerResponse> answer_in_time(Front* front, Route const* route, Call call) {
  Trouble& trouble = front->trouble;
  std::chrono::milliseconds const latency = trouble.latencies.draw(call.operation);
  bool const on_time = co_await wait_for(latency);
  if (!on_time) co_return dropped();
  std::optional<RateLimit> const limit =
      trouble.rate_limits.count(call.operation, front->live.now());
  http::ServerResponse response;
  if (limit && limit->exceeded()) {
    response = limit_exceeded(*limit);
  } else {
    response = co_await answer_despite_faults(front, route, std::move(call));
  }
  // Also on answers within the limit, as GitHub does.
  if (limit) add_limit_headers(*limit, front->live.now(), response);
  co_return response;
}

/// Such as FDE7:2CEC23:20F50E1:21AB6FB:6A94D802, whose last part is the time.
std::string request_id(Credentials& credentials, Timestamp now) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(now);
  std::string id = credentials.passing_hex(4) + ":" + credentials.passing_hex(6) + ":" +
                   credentials.passing_hex(7) + ":" + credentials.passing_hex(7) + ":";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  auto const time = static_cast<std::uint32_t>(seconds.time_since_epoch().count());
  for (int shift = 28; shift >= 0; shift -= 4) id += kDigits[(time >> shift) & 0xFU];
  for (char& letter : id) {
    if (letter >= 'a' && letter <= 'f') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return id;
}

void add_service_headers(Front& front, http::ServerResponse& response) {
  Credentials& credentials = front.credentials;
  response.headers.emplace_back("X-GitHub-Request-Id", request_id(credentials, front.live.now()));
  if (front.live.profile() == Profile::broker) {
    response.headers.emplace_back("X-Github-Backend", "simulator");
  } else {
    std::string const hex = credentials.passing_hex(32);
    response.headers.emplace_back("ActivityId", hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" +
                                                    hex.substr(12, 4) + "-" + hex.substr(16, 4) +
                                                    "-" + hex.substr(20));
  }
}

http::ServerResponse not_saved() {
  return control_error(500, "the simulator could not save its state; see its log");
}

}  // namespace

asio::awaitable<http::ServerResponse> dispatch(Front* front, http::ServerRequest request) {
  Timestamp const begin = front->live.now();
  std::string_view const path = split(request.target).path;
  std::optional<FoundRoute> found = find_route(request.method, path);
  Route const* const route = found ? found->route : nullptr;
  // Control routes are outside of all that is simulated: no faults, no latency, no limits, no
  // transcript.
  bool const control = route != nullptr ? route->area == Area::control : path.starts_with("/_sim/");
  http::ServerResponse response;
  if (route == nullptr) {
    response = no_such_route(request.method, path);
  } else {
    Call call = make_call(std::move(*found), *front, request);
    if (control) {
      response = co_await carry_out(front, route, std::move(call));
    } else {
      response = co_await answer_in_time(front, route, std::move(call));
      add_challenge(*route, response);
    }
  }
  // After the handler and before the answer: what an answer reports is on disk (ADR 26). A held
  // poll has committed by itself before it waited.
  if (!front->live.commit_changes()) response = not_saved();
  if (control) co_return response;
  add_service_headers(*front, response);
  front->transcript.add(route != nullptr ? route->name : "unknown", std::move(request), response,
                        begin, front->live.now() - begin);
  co_return response;
}

}  // namespace scaleset::simulator
