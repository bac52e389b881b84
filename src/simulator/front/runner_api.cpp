#include "simulator/front/runner_api.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "simulator/front/access.hpp"
#include "simulator/front/fields.hpp"
#include "simulator/front/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds kTokenLife{3600};
constexpr std::string_view kCancelGrace = "00:05:00";

http::ServerResponse oauth_error(std::string_view error, std::string_view description) {
  json::object body;
  body["error"] = error;
  body["error_description"] = description;
  return json_reply(400, body);
}

http::ServerResponse answer_token(Service& service, Call const& call) {
  base::QueryParameters const form = base::parse_query(call.body);
  auto const field = [&](std::string_view name) -> std::string {
    for (auto const& [key, value] : form) {
      if (key == name) return value;
    }
    return "";
  };
  if (field("grant_type") != "client_credentials")
    return oauth_error("unsupported_grant_type", "grant_type must be client_credentials");
  std::optional<ForeignJwt> const assertion = read_jwt(field("client_assertion"));
  if (!assertion || assertion->algorithm != "RS256" || assertion->issuer != assertion->subject)
    return oauth_error("invalid_request", "client_assertion must be a JWT with iss = sub, RS256");
  std::optional<Model::RunnerIdentity> const runner = service.model.find_client(assertion->issuer);
  if (!runner) return oauth_error("invalid_client", "the registration has been deleted");
  if (!service.runner_key.verifies(assertion->signed_part, assertion->signature))
    return oauth_error("invalid_client", "the assertion's signature is wrong");
  TokenClaims claims;
  claims.kind = TokenKind::runner;
  claims.tenant = runner->tenant;
  claims.id = runner->id.value;
  claims.expires = service.now() + kTokenLife;
  json::object body;
  body["access_token"] = service.issue(std::move(claims));
  body["expires_in"] = kTokenLife.count();
  body["token_type"] = "bearer";
  return json_reply(200, body);
}

/// A call whose token is good.
struct RunnerVisit {
  Service& service;
  Call const& call;
  std::string tenant;
  RunnerId id;
};

http::ServerResponse create_session(RunnerVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const session = fields.text("sessionId").value_or("");
  std::string const owner = fields.text("ownerName").value_or("");
  std::optional<Fields> agent = fields.object("agent");
  std::optional<std::int64_t> const agent_id = agent ? agent->integer("id") : std::nullopt;
  if (!fields.problem().empty()) return broker_error(400, "BadRequest", fields.problem());
  if (agent_id && *agent_id != visit.id.value)
    return broker_error(404, "RunnerNotFound", "The token is of another runner.");
  bool const is_zero = session.find_first_not_of("0-") == std::string::npos;
  Outcome<std::string> const opened = visit.service.model.open_runner_session(
      visit.service.now(), visit.tenant, visit.id, is_zero ? "" : session);
  if (!opened) return broker_refusal(opened.error());
  json::object body;
  body["sessionId"] = *opened;
  body["ownerName"] = owner;
  body["agent"] = agent ? agent->all() : json::object();
  body["useFipsEncryption"] = false;
  return json_reply(200, body);
}

http::ServerResponse delete_session(RunnerVisit const& visit) {
  Outcome<void> const done = visit.service.model.close_runner_session(
      visit.service.now(), visit.tenant, visit.id, visit.call.parameter("sessionId"));
  return done ? empty_reply(204) : broker_refusal(done.error());
}

http::ServerResponse acknowledge(RunnerVisit const& visit) {
  Outcome<Runner const*> const runner = visit.service.model.runner(visit.tenant, visit.id);
  return runner ? empty_reply(204) : broker_refusal(runner.error());
}

json::object variable(std::string const& value) {
  json::object body;
  body["value"] = value;
  return body;
}

json::object job_json(Job const& job) {
  json::object plan;
  plan["planId"] = job.plan_id;
  json::object variables;
  variables["simulator.durationMilliseconds"] = variable(std::to_string(job.plan.duration.count()));
  variables["simulator.result"] = variable(job.plan.result);
  variables["simulator.script"] = variable(job.plan.script);
  json::object body;
  body["messageType"] = "PipelineAgentJobRequest";
  body["plan"] = std::move(plan);
  body["jobId"] = job.facts.job_id;
  body["jobDisplayName"] = job.facts.display_name;
  body["requestId"] = job.facts.request.value;
  body["variables"] = std::move(variables);
  return body;
}

http::ServerResponse acquire_job(RunnerVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const message = fields.text("jobMessageId").value_or("");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  Outcome<Job const*> const job =
      visit.service.model.acquire_job(visit.service.now(), visit.tenant, visit.id, message);
  if (!job) return run_service_refusal(job.error());
  return json_reply(200, job_json(**job));
}

http::ServerResponse renew_job(RunnerVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const job = fields.text("jobId").value_or("");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  Outcome<Timestamp> const until =
      visit.service.model.renew_job(visit.service.now(), visit.tenant, visit.id, job);
  if (!until) return run_service_refusal(until.error());
  json::object body;
  body["lockedUntil"] = base::format_rfc3339(*until);
  return json_reply(200, body);
}

http::ServerResponse complete_job(RunnerVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const job = fields.text("jobId").value_or("");
  std::string conclusion = fields.text("conclusion").value_or("");
  if (conclusion.empty()) fields.complain("conclusion", "must be given");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  Outcome<void> const done = visit.service.model.complete_job(visit.service.now(), visit.tenant,
                                                              visit.id, job, std::move(conclusion));
  return done ? json_reply(200, json::object()) : run_service_refusal(done.error());
}

http::ServerResponse unauthorized(Operation operation) {
  constexpr std::string_view kText = "The token is invalid or has expired.";
  if (operation >= Operation::runner_acquire_job) return run_service_error(401, kText);
  return broker_error(401, "Unauthorized", kText);
}

json::object runner_message_json(RunnerMessage const& message, std::string const& base_url) {
  json::object content;
  json::object envelope;
  envelope["messageId"] = message.id;
  if (message.kind == RunnerMessage::Kind::job_cancellation) {
    content["jobId"] = message.job_id;
    content["timeout"] = kCancelGrace;
    envelope["messageType"] = "JobCancellation";
  } else {
    content["id"] = message.request_message_id;
    content["runner_request_id"] = message.request_message_id;
    content["should_acknowledge"] = false;
    content["run_service_url"] = base_url + "/run/1/";
    content["billing_owner_id"] = "1";
    envelope["messageType"] = "RunnerJobRequest";
  }
  envelope["body"] = json::serialize(content);
  return envelope;
}

/// Counts as contact of the runner while it exists.
class HeldRunnerPoll {
 public:
  HeldRunnerPoll(Service* service, PollTicket poll_ticket)
      : ticket(std::move(poll_ticket)), service_(service) {}
  HeldRunnerPoll(HeldRunnerPoll const&) = delete;
  HeldRunnerPoll& operator=(HeldRunnerPoll const&) = delete;
  ~HeldRunnerPoll() {
    service_->model.end_runner_poll(service_->now(), ticket);
    static_cast<void>(service_->settle());  // whoever answers settles again and sees a failure
  }
  PollTicket ticket;

 private:
  Service* service_;
};

}  // namespace

http::ServerResponse answer_runner_call(Service& service, Call const& call) {
  if (call.route.operation == Operation::runner_token) return answer_token(service, call);
  std::optional<TokenClaims> claims = runner_claims(service, call);
  if (!claims) return unauthorized(call.route.operation);
  service.model.advance(service.now());
  RunnerVisit const visit{service, call, std::move(claims->tenant), RunnerId{claims->id}};
  switch (call.route.operation) {
    case Operation::runner_create_session: return create_session(visit);
    case Operation::runner_delete_session: return delete_session(visit);
    case Operation::runner_acknowledge: return acknowledge(visit);
    case Operation::runner_acquire_job: return acquire_job(visit);
    case Operation::runner_renew_job: return renew_job(visit);
    default: return complete_job(visit);
  }
}

asio::awaitable<http::ServerResponse> answer_runner_poll(Service* service, Call call) {
  std::optional<TokenClaims> const claims = runner_claims(*service, call);
  if (!claims) co_return unauthorized(call.route.operation);
  Timestamp const begin = service->now();
  Timestamp const until = begin + service->model.options().hold_time;
  Outcome<PollTicket> const ticket = service->model.begin_runner_poll(
      begin, claims->tenant, RunnerId{claims->id}, call.parameter("sessionId"));
  if (!ticket) co_return broker_refusal(ticket.error());
  HeldRunnerPoll held(service, *ticket);
  if (!service->settle()) co_return empty_reply(500);
  for (;;) {
    Outcome<std::optional<RunnerMessage>> const found =
        service->model.take_runner_message(held.ticket);
    if (!found) co_return broker_refusal(found.error());
    if (*found) co_return json_reply(200, runner_message_json(**found, call.base_url));
    while (!service->model.runner_changed(held.ticket)) {
      WaitEnd const end = co_await service->waiters.wait(held.ticket.channel, until);
      if (end != WaitEnd::woken) co_return empty_reply(202);
    }
  }
}

}  // namespace scaleset::simulator
