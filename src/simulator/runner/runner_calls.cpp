#include "simulator/runner/runner_calls.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/jwt.hpp"
#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "base/whole_number.hpp"
#include "simulator/runner/json_reading.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace json = boost::json;
constexpr std::chrono::seconds kPollTimeout{100};  // longer than any poll is held (D.4)
constexpr std::chrono::minutes kLongestJob{24 * 60};
constexpr char const* kReceiver = "twirp/results.services.receiver.Receiver/";

HttpRequest request(std::string const& token, HttpMethod method, std::string url) {
  HttpRequest made;
  made.method = method;
  made.url = std::move(url);
  made.headers.emplace_back("Authorization", "Bearer " + token);
  made.headers.emplace_back("User-Agent",
                            "GitHubActionsRunner-linux-x64/" + std::string(kRunnerVersion));
  return made;
}

/// The job's own token, if it has one.
std::string const& token_of(Caller const& caller, PretendJob const& job) {
  return job.token.empty() ? caller.access_token : job.token;
}

std::string run_service_of(JobOffer const& offer, PretendJob const& job) {
  return job.run_service_url.empty() ? offer.run_service_url : job.run_service_url;
}

HttpRequest json_request(std::string const& token, std::string url, json::object const& body) {
  HttpRequest made = request(token, HttpMethod::post, std::move(url));
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

/// At the path, which may contain numbers for elements of lists ("/a/0/b"); empty if it is not
/// there or no text.
std::string text_at(json::value const& value, std::string_view path) {
  boost::system::error_code error;
  json::value const* const found = value.find_pointer(path, error);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

/// {"resources":{"endpoints":[{"name":"SystemVssConnection",...}]}}
void read_connection(json::object const& object, PretendJob& job) {
  boost::system::error_code error;
  json::value const whole(object);
  json::value const* const endpoints = whole.find_pointer("/resources/endpoints", error);
  if (endpoints == nullptr || !endpoints->is_array()) return;
  for (json::value const& endpoint : endpoints->as_array()) {
    if (text_at(endpoint, "/name") != "SystemVssConnection") continue;
    job.token = text_at(endpoint, "/authorization/parameters/AccessToken");
    job.run_service_url = text_at(endpoint, "/url");
    if (!job.run_service_url.empty() && !job.run_service_url.ends_with('/'))
      job.run_service_url.push_back('/');
  }
}

/// Joins the scripts of all script steps.
void read_steps(json::object const& object, PretendJob& job) {
  json::value const* const steps = object.if_contains("steps");
  if (steps == nullptr || !steps->is_array()) return;
  for (json::value const& step : steps->as_array()) {
    if (job.step_id.empty()) {
      job.step_id = text_at(step, "/id");
      job.step_name = text_at(step, "/displayNameToken/lit");
    }
    if (text_at(step, "/reference/type") != "script") continue;
    if (!job.script.empty()) job.script += "\n";
    job.script += text_at(step, "/inputs/map/0/Value/lit");
  }
}

json::object results_body(PretendJob const& job) {
  json::object body;
  body["workflow_run_backend_id"] = job.plan_id;
  body["workflow_job_run_backend_id"] = job.job_id;
  return body;
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
                    base::make_jwt(caller.settings.key, json::serialize(claims),
                                   caller.settings.uses_pss ? base::JwtAlgorithm::ps256
                                                            : base::JwtAlgorithm::rs256));
  HttpRequest made;
  made.method = HttpMethod::post;
  made.url = caller.settings.authorization_url;
  made.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  made.body = base::encode_query_parameters(std::move(form));
  return made;
}

HttpRequest connection_data_request(Caller const& caller) {
  return request(caller.access_token, HttpMethod::get,
                 caller.settings.first_url +
                     "_apis/connectionData?connectOptions=1&lastChangeId=-1&lastChangeId64=-1");
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
  return json_request(caller.access_token, caller.settings.server_url + "session", body);
}

HttpRequest message_request(Caller const& caller, bool busy) {
  HttpRequest made = request(caller.access_token, HttpMethod::get,
                             caller.settings.server_url + "message?sessionId=" + caller.session_id +
                                 "&status=" + (busy ? "Busy" : "Online") + platform_query() +
                                 "&disableUpdate=true");
  made.timeout = kPollTimeout;
  return made;
}

HttpRequest acknowledge_request(Caller const& caller, JobOffer const& offer) {
  json::object body;
  body["runnerRequestId"] = offer.request_id;
  return json_request(caller.access_token,
                      caller.settings.server_url + "acknowledge?sessionId=" + caller.session_id +
                          "&status=Busy" + platform_query(),
                      body);
}

HttpRequest acquire_request(Caller const& caller, JobOffer const& offer) {
  json::object body;
  body["jobMessageId"] = offer.request_id;
  body["runnerOS"] = "Linux";
  body["billingOwnerId"] = offer.billing_owner_id;
  return json_request(caller.access_token, offer.run_service_url + "acquirejob", body);
}

HttpRequest renew_request(Caller const& caller, JobOffer const& offer, PretendJob const& job) {
  json::object body;
  body["planId"] = job.plan_id;
  body["jobId"] = job.job_id;
  return json_request(token_of(caller, job), run_service_of(offer, job) + "renewjob", body);
}

HttpRequest complete_request(Caller const& caller, JobOffer const& offer, PretendJob const& job,
                             std::string_view conclusion) {
  json::object body;
  body["planId"] = job.plan_id;
  body["jobId"] = job.job_id;
  body["conclusion"] = conclusion;
  return json_request(token_of(caller, job), run_service_of(offer, job) + "completejob", body);
}

HttpRequest delete_session_request(Caller const& caller) {
  return request(caller.access_token, HttpMethod::del, caller.settings.server_url + "session");
}

HttpRequest update_steps_request(PretendJob const& job, std::string_view conclusion,
                                 Timestamp now) {
  constexpr int kCompleted = 6;  // as the service numbers a step's states and conclusions
  constexpr int kSucceeded = 2;
  constexpr int kFailed = 3;
  constexpr int kCanceled = 4;
  json::object step;
  step["external_id"] = job.step_id;
  step["number"] = 1;
  step["name"] = job.step_name;
  step["status"] = kCompleted;
  step["completed_at"] = base::format_rfc3339(now);
  step["conclusion"] = conclusion == "succeeded" ? kSucceeded
                       : conclusion == "failed"  ? kFailed
                                                 : kCanceled;
  json::object body = results_body(job);
  body["change_order"] = 1;
  body["steps"] = json::array{std::move(step)};
  return json_request(job.token,
                      job.results_url +
                          "twirp/github.actions.results.api.v1.WorkflowStepUpdateService/"
                          "WorkflowStepsUpdate",
                      body);
}

HttpRequest log_url_request(PretendJob const& job) {
  return json_request(job.token, job.results_url + kReceiver + "GetJobLogsSignedBlobURL",
                      results_body(job));
}

HttpRequest put_log_request(std::string const& url, std::string const& log) {
  HttpRequest made;
  made.method = HttpMethod::put;
  made.url = url;
  made.headers.emplace_back("x-ms-blob-type", "BlockBlob");
  made.headers.emplace_back("Content-Type", "text/plain");
  made.body = log;
  return made;
}

HttpRequest describe_log_request(PretendJob const& job, std::string_view log, Timestamp now) {
  json::object body = results_body(job);
  body["uploaded_at"] = base::format_rfc3339(now);
  body["line_count"] = std::ranges::count(log, '\n');
  return json_request(job.token, job.results_url + kReceiver + "CreateJobLogsMetadata", body);
}

std::string log_text(std::string_view output, Timestamp now) {
  std::string log = "\xef\xbb\xbf";
  std::string const time = base::format_rfc3339(now) + " ";
  while (!output.empty()) {
    std::string_view const line = output.substr(0, output.find('\n'));
    log.append(time).append(line).append("\n");
    output.remove_prefix(std::min(line.size() + 1, output.size()));
  }
  return log;
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
  read_connection(*object, job);
  read_steps(*object, job);
  job.results_url = variable_of(*object, "system.github.results_endpoint");
  std::string const duration = variable_of(*object, "simulator.durationMilliseconds");
  if (!duration.empty()) {
    job.duration = duration_of(duration);
    job.script.clear();
  }
  std::string const result = variable_of(*object, "simulator.result");
  if (result == "failed" || result == "canceled") job.result = result;
  if (job.plan_id.empty() || job.job_id.empty()) return std::nullopt;
  return job;
}

std::optional<std::string> read_log_url(std::string_view body) {
  std::optional<json::object> const object = parse_object(body);
  std::string url = object ? text_of(*object, "logs_url") : std::string();
  return url.empty() ? std::nullopt : std::optional(std::move(url));
}

BrokerError read_broker_error(std::string_view body) {
  std::optional<json::object> const object = parse_object(body);
  if (!object) return {};
  return BrokerError{text_of(*object, "errorKind"), text_of(*object, "errorMessage")};
}

}  // namespace scaleset::simulator::pretend
