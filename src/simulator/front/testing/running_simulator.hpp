#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/files.hpp"
#include "base/jwt.hpp"
#include "base/url.hpp"
#include "http/testing/loopback.hpp"
#include "simulator/front/simulator.hpp"
#include "simulator/runner/http_call.hpp"

/// For tests of the front: a simulator on a loopback port, and shorthands for a client's calls.
namespace scaleset::simulator::testing {

constexpr std::chrono::hours kMustNotExpire{1};

class RunningSimulator : public ::testing::Test {
 protected:
  RunningSimulator() : RunningSimulator(quick_options()) {}
  explicit RunningSimulator(SimulatorOptions chosen) : options(std::move(chosen)) {
    options.state_file = folder.path() / "state.json";
    options.key = shared_key();
    start();
  }
  ~RunningSimulator() override {
    if (simulator) stop();
  }

  /// Messages come at once, and polls are held until something happens.
  static SimulatorOptions quick_options() { return quick_options(Profile::broker); }
  static SimulatorOptions quick_options(Profile profile) {
    SimulatorOptions quick;
    quick.model.profile = profile;
    quick.model.batch_window = std::chrono::milliseconds(0);
    quick.model.hold_time = kMustNotExpire;
    quick.model.acquire_to_assign = std::chrono::milliseconds(0);
    return quick;
  }

  void start() {
    Result<std::unique_ptr<Simulator>> started = Simulator::start(loop.executor(), options);
    if (!started) throw std::runtime_error(started.error().message);
    simulator = std::move(*started);
  }
  void stop() {
    loop.run(simulator->stop());
    simulator.reset();
  }
  /// Starts it again on the same port, from the state file.
  void restart() {
    options.port = static_cast<std::uint16_t>(std::stoi(base::parse_url(simulator->url())->port));
    stop();
    start();
  }

  struct Request {
    std::string method = "GET";
    std::string url;  // or a path
    std::string authorization;
    std::string body;
    HeaderList headers;
  };
  /// An exchange under way. `answer` has a value once it has ended.
  struct Pending {
    std::optional<Result<HttpResponse>> answer;
    boost::asio::cancellation_signal cancel;
  };
  std::shared_ptr<Pending> begin(Request request) {
    auto pending = std::make_shared<Pending>();
    boost::asio::co_spawn(
        loop.executor(), pretend::http_call(to_http(std::move(request))),
        boost::asio::bind_cancellation_slot(
            pending->cancel.slot(), [pending](std::exception_ptr, Result<HttpResponse> response) {
              pending->answer.emplace(std::move(response));
            }));
    return pending;
  }
  HttpResponse finish(std::shared_ptr<Pending> const& pending) {
    loop.run_until([&] { return pending->answer.has_value(); });
    if (!*pending->answer) throw std::runtime_error(pending->answer->error().message);
    return **pending->answer;
  }
  HttpResponse send(Request request) { return finish(begin(std::move(request))); }
  /// Returns when the simulator has received all requests that were begun before.
  void let_it_arrive() {
    Request state;
    state.url = "/_sim/state";
    send(std::move(state));
  }
  HttpResponse call(std::string method, std::string url, std::string authorization = "",
                    std::string body = "") {
    Request request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.authorization = std::move(authorization);
    request.body = std::move(body);
    return send(std::move(request));
  }
  static boost::json::value json(HttpResponse const& response) {
    return boost::json::parse(response.body);
  }
  static std::string text(boost::json::value const& value, std::string_view pointer) {
    return std::string(value.at_pointer(pointer).as_string());
  }
  static std::int64_t number(boost::json::value const& value, std::string_view pointer) {
    return value.at_pointer(pointer).to_number<std::int64_t>();
  }

  // --- the client's chain
  std::string registration_token(std::string const& place = "orgs/my-org") {
    return text(json(call("POST", "/api/v3/" + place + "/actions/runners/registration-token",
                          "Bearer PAT")),
                "/token");
  }
  HttpResponse connect_as(std::string const& token, std::string const& path = "my-org") {
    return call("POST", "/api/v3/actions/runner-registration", "RemoteAuth " + token,
                R"({"url":")" + simulator->config_url(path) +
                    R"(","runner_event":"register"})"
                    "\n");
  }
  void connect() {
    boost::json::value const connection = json(connect_as(registration_token()));
    service_url = text(connection, "/url");
    admin = "Bearer " + text(connection, "/token");
  }
  HttpResponse admin_call(std::string method, std::string const& path, std::string body = "") {
    return call(std::move(method), service_url + path, admin, std::move(body));
  }
  std::string set_path(std::int64_t id, std::string const& rest = "") const {
    return "/_apis/runtime/runnerscalesets/" + std::to_string(id) + rest;
  }
  std::int64_t create_set(std::string const& name) {
    return number(json(admin_call("POST", "/_apis/runtime/runnerscalesets",
                                  R"({"name":")" + name + R"(","RunnerSetting":{}})")),
                  "/id");
  }
  struct OpenSession {
    std::string id;
    std::string url;
    std::string token;  // with "Bearer "
  };
  static OpenSession read_session(boost::json::value const& body) {
    return {text(body, "/sessionId"), text(body, "/messageQueueUrl"),
            "Bearer " + text(body, "/messageQueueAccessToken")};
  }
  OpenSession open_session(std::int64_t set) {
    return read_session(
        json(admin_call("POST", set_path(set, "/sessions"), R"({"ownerName":"host"})")));
  }
  Request poll_request(OpenSession const& session, int capacity, std::int64_t cursor = 0) const {
    Request request;
    request.url = session.url;
    if (cursor > 0) {
      bool const has_query = request.url.find('?') != std::string::npos;
      request.url += (has_query ? "&" : "?") + ("lastMessageId=" + std::to_string(cursor));
    }
    request.authorization = session.token;
    request.headers = {{"X-Scalesetmaxcapacity", std::to_string(capacity)}};
    return request;
  }
  HttpResponse poll(OpenSession const& session, int capacity, std::int64_t cursor = 0) {
    return send(poll_request(session, capacity, cursor));
  }
  HttpResponse acknowledge(OpenSession const& session, std::int64_t message) {
    std::string url = session.url;
    url.insert(std::min(url.find('?'), url.size()), "/" + std::to_string(message));
    return call("DELETE", url, session.token);
  }
  std::string queue_job(std::string const& label = "set") {
    return text(json(call("POST", "/_sim/jobs", "", R"({"labels":[")" + label + R"("]})")),
                "/jobIds/0");
  }
  boost::json::value state() { return json(call("GET", "/_sim/state")); }

  http::testing::Loopback loop;
  base::TemporaryDirectory folder;
  SimulatorOptions options;
  std::unique_ptr<Simulator> simulator;
  std::string service_url;
  std::string admin;  // with "Bearer "

 private:
  HttpRequest to_http(Request request) const {
    HttpRequest made;
    made.url = request.url.starts_with("/") ? simulator->url() + request.url : request.url;
    made.headers = std::move(request.headers);
    if (!request.authorization.empty())
      made.headers.emplace_back("Authorization", request.authorization);
    made.body = std::move(request.body);
    made.timeout = kMustNotExpire;
    if (request.method == "POST") made.method = HttpMethod::post;
    if (request.method == "PATCH") made.method = HttpMethod::patch;
    if (request.method == "PUT") made.method = HttpMethod::put;
    if (request.method == "DELETE") made.method = HttpMethod::del;
    return made;
  }
  /// Keys take a while to make, so there is one for all tests.
  static base::RsaPrivateKey shared_key() {
    static base::RsaPrivateKey const key = base::RsaPrivateKey::generate(2048);
    return key;
  }
};

}  // namespace scaleset::simulator::testing
