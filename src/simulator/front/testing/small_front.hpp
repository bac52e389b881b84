#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <map>
#include <string>

#include "base/header_lookup.hpp"
#include "simulator/front/testing/socketless.hpp"

/// For tests of the front that need no connection.
namespace scaleset::simulator::testing {

/// After prepare(): a tenant "my-org" with scale set 1 ("set"), its session, an assigned job with
/// its message, and an online runner. `values` holds what calls need: adminToken,
/// registrationToken, queueToken, runnerToken, jobToken, sessionId, jobId, messageId,
/// runnerSessionId, serviceId.
class SmallFront {
 public:
  using Values = std::map<std::string, std::string>;

  explicit SmallFront(Profile profile = Profile::broker) : socketless(options(profile)) {}

  static ModelOptions options(Profile profile) {
    ModelOptions chosen;
    chosen.profile = profile;
    chosen.batch_window = std::chrono::milliseconds(0);
    chosen.acquire_to_assign = std::chrono::milliseconds(0);
    return chosen;
  }

  http::ServerResponse call(std::string method, std::string target, std::string authorization = "",
                            std::string body = "", HeaderList headers = {}) {
    http::ServerRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "sim");
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    request.body = std::move(body);
    return socketless.answer(std::move(request));
  }
  static boost::json::value json(http::ServerResponse const& response) {
    return boost::json::parse(response.body);
  }
  static std::string text(boost::json::value const& value, std::string_view pointer) {
    return std::string(value.at_pointer(pointer).as_string());
  }

  /// Opens a tenant and returns its admin token; `values` holds both tokens of the latest tenant.
  std::string connect(std::string const& organisation = "my-org") {
    values["registrationToken"] =
        text(json(call("POST", "/orgs/" + organisation + "/actions/runners/registration-token",
                       "Bearer PAT")),
             "/token");
    boost::json::value const connection = json(
        call("POST", "/actions/runner-registration", "RemoteAuth " + values["registrationToken"],
             R"({"url":"http://sim/)" + organisation + R"(","runner_event":"register"})"));
    service_path = text(connection, "/url").substr(std::string_view("http://sim").size());
    values["serviceId"] = service_path.substr(service_path.rfind('/') + 1);
    values["adminToken"] = text(connection, "/token");
    return values["adminToken"];
  }
  http::ServerResponse admin(std::string method, std::string const& path, std::string body = "") {
    return call(std::move(method), service_path + "/_apis/runtime/runnerscalesets" + path,
                "Bearer " + values["adminToken"], std::move(body));
  }
  http::ServerResponse open_session() {
    http::ServerResponse opened = admin("POST", "/1/sessions", R"({"ownerName":"host"})");
    if (opened.status != 200) return opened;
    boost::json::value const session = json(opened);
    values["sessionId"] = text(session, "/sessionId");
    values["queueToken"] = text(session, "/messageQueueAccessToken");
    queue_path = text(session, "/messageQueueUrl");
    if (!queue_path.empty()) queue_path.erase(0, std::string_view("http://sim").size());
    return opened;
  }
  void create_set() {
    connect();
    admin("POST", "", R"({"name":"set"})");
  }
  std::string queue_job() {
    return values["jobId"] =
               text(json(call("POST", "/_sim/jobs", "", R"({"labels":["set"],"tenant":"my-org"})")),
                    "/jobIds/0");
  }
  http::ServerResponse poll(int capacity = 5, std::int64_t cursor = 0) {
    std::string target = queue_path;
    if (cursor > 0) {
      target += (target.find('?') == std::string::npos ? "?" : "&");
      target += "lastMessageId=" + std::to_string(cursor);
    }
    return call("GET", target, "Bearer " + values["queueToken"], "",
                {{"X-ScaleSetMaxCapacity", std::to_string(capacity)}});
  }
  http::ServerResponse acknowledge(std::string const& message) {
    std::string target = queue_path;
    target.insert(std::min(target.find('?'), target.size()), "/" + message);
    return call("DELETE", target, "Bearer " + values["queueToken"]);
  }
  /// Registers a runner and brings it online.
  std::string start_runner(std::string const& name) {
    admin("POST", "/1/generatejitconfig", R"({"name":")" + name + R"("})");
    Tenant const& tenant = *front.live.model.find_tenant("my-org");
    Runner const& runner = *front.live.model.find_runner("my-org", name);
    std::string const assertion = base::make_jwt(
        front.credentials.runner_key,
        R"({"iss":")" + runner.client_id + R"(","sub":")" + runner.client_id + R"("})");
    values["assertion"] = assertion;
    values["runnerToken"] =
        text(json(call("POST", "/_apis/oauth2/token", "",
                       "grant_type=client_credentials&client_assertion=" + assertion)),
             "/access_token");
    call("POST", "/broker/session", "Bearer " + values["runnerToken"], R"({"ownerName":"h"})");
    values["runnerSessionId"] = tenant.runners.at(runner.id).session_id;
    values["jobToken"] = job_token(runner.id);
    return values["runnerToken"];
  }
  /// The token of the latest job, as if that runner had acquired it.
  std::string job_token(RunnerId runner) {
    TokenClaims claims;
    claims.kind = TokenKind::job;
    claims.tenant = "my-org";
    claims.id = runner.value;
    claims.session = values["jobId"];
    claims.expires = front.live.now() + std::chrono::hours(1);
    return front.credentials.issue(std::move(claims), front.live.now());
  }
  /// Does what the class's comment says.
  void prepare() {
    create_set();
    open_session();
    queue_job();
    if (front.live.model.options().profile == Profile::acquire) return;
    boost::json::value const message = json(poll());
    values["messageId"] = boost::json::serialize(message.at("messageId"));
    start_runner("runner-1");
  }
  /// The job messages of a poll's answer.
  static boost::json::array entries(http::ServerResponse const& response) {
    return boost::json::parse(text(json(response), "/body")).as_array();
  }
  static std::string_view header(http::ServerResponse const& response, std::string_view name) {
    return base::find_header(response.headers, name);
  }
  http::ServerResponse add_fault(std::string const& body) {
    return call("POST", "/_sim/faults", "", body);
  }

  Socketless socketless;
  Front& front = socketless.front;
  Values values;
  std::string service_path;
  std::string queue_path;
};

/// The name of a test about one route: "GET__sim_jobs___".
inline std::string test_name(std::string const& method, std::string const& path) {
  std::string name = method;
  for (char const letter : path)
    name += std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
  return name;
}

}  // namespace scaleset::simulator::testing
