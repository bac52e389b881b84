#include "simulator/runner/runner_calls.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/jwt.hpp"
#include "base/url.hpp"
#include "base/whole_number.hpp"
#include "simulator/runner/json_reading.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace json = boost::json;
constexpr std::chrono::seconds kPollTimeout{70};  // a poll is held for 50 seconds
constexpr std::chrono::minutes kLongestJob{24 * 60};

HttpRequest request(Caller const& caller, HttpMethod method, std::string url) {
  HttpRequest made;
  made.method = method;
  made.url = std::move(url);
  made.headers.emplace_back("Authorization", "Bearer " + caller.access_token);
  made.headers.emplace_back("User-Agent",
                            "GitHubActionsRunner-linux-x64/" + std::string(kRunnerVersion));
  return made;
}

HttpRequest json_request(Caller const& caller, std::string url, json::object const& body) {
  HttpRequest made = request(caller, HttpMethod::post, std::move(url));
  made.headers.emplace_back("Content-Type", "application/json");
  made.body = json::serialize(body);
  return made;
}

std::string platform_query() {
  return "&runnerVersion=" + std::string(kRunnerVersion) + "&os=Linux&architecture=X64";
}

/// variables: {"name": {"value": "..."}}
std::string variable_of(json::object const& job, std::string_view name) {
  json::value const* const variables = job.if_contains("variables");
  if (variables == nullptr || !variables->is_object()) return {};
  json::value const* const variable = variables->as_object().if_contains(name);
  return variable != nullptr && variable->is_object() ? text_of(variable->as_object(), "value")
                                                      : std::string();
}

std::chrono::milliseconds duration_of(std::string const& text) {
  std::int64_t const number = base::whole_number<std::int64_t>(text).value_or(0);
  std::chrono::milliseconds const asked{std::max<std::int64_t>(number, 0)};
  return std::min<std::chrono::milliseconds>(asked, kLongestJob);
}

}  // namespace

HttpRequest token_request(Caller const& caller, Timestamp now, int serial) {
  constexpr int kMinutes = 5;
  std::int64_t const seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  json::object claims;
  claims["sub"] = caller.settings.client_id;
  claims["iss"] = caller.settings.client_id;
  claims["aud"] = caller.settings.authorization_url;
  // Two assertions of the same second must differ.
  claims["jti"] = caller.session_id + "-" + std::to_string(serial);
  claims["nbf"] = seconds;
  claims["iat"] = seconds;
  claims["exp"] = seconds + std::int64_t{kMinutes} * 60;
  base::QueryParameters form;
  form.emplace_back("grant_type", "client_credentials");
  form.emplace_back("client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  form.emplace_back("client_assertion",
                    base::make_jwt(caller.settings.key, json::serialize(claims)));
  HttpRequest made;
  made.method = HttpMethod::post;
  made.url = caller.settings.authorization_url;
  made.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  made.body = base::encode_query_parameters(std::move(form));
  return made;
}

HttpRequest session_request(Caller const& caller) {
  json::object agent;
  agent["id"] = caller.settings.agent_id;
  agent["name"] = caller.settings.agent_name;
  agent["version"] = kRunnerVersion;
  agent["osDescription"] = "Linux";
  json::object body;
  body["sessionId"] = caller.session_id;
  body["ownerName"] = caller.owner_name;
  body["agent"] = std::move(agent);
  body["useFipsEncryption"] = false;
  return json_request(caller, caller.settings.server_url + "session", body);
}

HttpRequest message_request(Caller const& caller, bool busy) {
  HttpRequest made = request(caller, HttpMethod::get,
                             caller.settings.server_url + "message?sessionId=" + caller.session_id +
                                 "&status=" + (busy ? "Busy" : "Online") + platform_query() +
                                 "&disableUpdate=true");
  made.timeout = kPollTimeout;
  return made;
}

HttpRequest acknowledge_request(Caller const& caller, JobOffer const& offer) {
  json::object body;
  body["runnerRequestId"] = offer.request_id;
  return json_request(caller,
                      caller.settings.server_url + "acknowledge?sessionId=" + caller.session_id +
                          "&status=Busy" + platform_query(),
                      body);
}

HttpRequest acquire_request(Caller const& caller, JobOffer const& offer) {
  json::object body;
  body["jobMessageId"] = offer.request_id;
  body["runnerOS"] = "Linux";
  body["billingOwnerId"] = offer.billing_owner_id;
  return json_request(caller, offer.run_service_url + "acquirejob", body);
}

HttpRequest renew_request(Caller const& caller, JobOffer const& offer, PretendJob const& job) {
  json::object body;
  body["planId"] = job.plan_id;
  body["jobId"] = job.job_id;
  return json_request(caller, offer.run_service_url + "renewjob", body);
}

HttpRequest complete_request(Caller const& caller, JobOffer const& offer, PretendJob const& job,
                             std::string_view conclusion) {
  json::object body;
  body["planId"] = job.plan_id;
  body["jobId"] = job.job_id;
  body["conclusion"] = conclusion;
  return json_request(caller, offer.run_service_url + "completejob", body);
}

HttpRequest delete_session_request(Caller const& caller) {
  return request(caller, HttpMethod::del,
                 caller.settings.server_url + "session?sessionId=" + caller.session_id);
}

std::optional<std::string> read_access_token(std::string_view body) {
  std::optional<json::object> const object = parse_object(body);
  std::string token = object ? text_of(*object, "access_token") : std::string();
  return token.empty() ? std::nullopt : std::optional(std::move(token));
}

std::optional<Message> read_message(std::string_view body) {
  std::optional<json::object> const object = parse_object(body);
  if (!object) return std::nullopt;
  Message message;
  message.type = text_of(*object, "messageType");
  message.body = text_of(*object, "body");
  return message;
}

std::optional<JobOffer> read_job_offer(std::string_view message_body) {
  std::optional<json::object> const object = parse_object(message_body);
  if (!object) return std::nullopt;
  JobOffer offer;
  offer.request_id = text_of(*object, "runner_request_id");
  offer.run_service_url = text_of(*object, "run_service_url");
  offer.billing_owner_id = text_of(*object, "billing_owner_id");
  json::value const* const acknowledge = object->if_contains("should_acknowledge");
  offer.should_acknowledge =
      acknowledge != nullptr && acknowledge->is_bool() && acknowledge->as_bool();
  if (offer.request_id.empty() || offer.run_service_url.empty()) return std::nullopt;
  // It normally ends in a slash (protocol.md D.3), but that is not relied upon.
  if (!offer.run_service_url.ends_with('/')) offer.run_service_url.push_back('/');
  return offer;
}

std::optional<std::string> read_cancelled_job_id(std::string_view message_body) {
  std::optional<json::object> const object = parse_object(message_body);
  if (!object) return std::nullopt;
  return text_of(*object, "jobId");
}

std::optional<PretendJob> read_job(std::string_view body) {
  std::optional<json::object> const object = parse_object(body);
  if (!object) return std::nullopt;
  PretendJob job;
  json::value const* const plan = object->if_contains("plan");
  if (plan != nullptr && plan->is_object()) job.plan_id = text_of(plan->as_object(), "planId");
  job.job_id = text_of(*object, "jobId");
  job.name = text_of(*object, "jobDisplayName");
  job.duration = duration_of(variable_of(*object, "simulator.durationMilliseconds"));
  job.script = variable_of(*object, "simulator.script");
  std::string const result = variable_of(*object, "simulator.result");
  if (result == "failed" || result == "canceled") job.result = result;
  if (job.plan_id.empty() || job.job_id.empty()) return std::nullopt;
  return job;
}

std::string read_error_kind(std::string_view body) {
  std::optional<json::object> const object = parse_object(body);
  return object ? text_of(*object, "errorKind") : std::string();
}

}  // namespace scaleset::simulator::pretend
