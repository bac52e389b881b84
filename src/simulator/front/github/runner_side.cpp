#include "simulator/front/github/runner_side.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds kTokenLife{3600};
// As .NET writes a time span (protocol.md D.3).
constexpr std::string_view kCancelGrace = "00:05:00";

http::ServerResponse oauth_error(std::string_view error, std::string_view description) {
  json::object body;
  body["error"] = error;
  body["error_description"] = description;
  return json_reply(400, body);
}

json::object variable(std::string const& value) {
  json::object body;
  body["value"] = value;
  return body;
}

/// The least that the pretend runner needs. An official runner wants much more (protocol.md D.3).
json::object job_json(Job const& job) {
  json::object plan;
  plan["planId"] = job.plan_id;
  json::object variables;
  // What the pretend runner is to do. Variables are the one place of a job that may hold anything.
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
    // The model has no state for an acknowledgement, so none is asked for.
    content["should_acknowledge"] = false;
    content["run_service_url"] = base_url + "/run/1/";
    content["billing_owner_id"] = "1";
    envelope["messageType"] = "RunnerJobRequest";
  }
  envelope["body"] = json::serialize(content);
  return envelope;
}

/// Ends the poll, which counts as contact with the runner, when the coroutine ends for whatever
/// reason.
class HeldRunnerPoll {
 public:
  HeldRunnerPoll(LiveModel* live, PollTicket poll_ticket)
      : ticket(std::move(poll_ticket)), live_(live) {}
  HeldRunnerPoll(HeldRunnerPoll const&) = delete;
  HeldRunnerPoll& operator=(HeldRunnerPoll const&) = delete;
  ~HeldRunnerPoll() {
    live_->model.end_runner_poll(live_->now(), ticket);
    // A failure is noticed when the answer is committed.
    static_cast<void>(live_->commit_changes());
  }
  PollTicket ticket;

 private:
  LiveModel* live_;
};

}  // namespace

http::ServerResponse runner_token(Call const& call, LiveModel& live, Credentials& credentials) {
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
  // The runner names itself twice, and signs with the key of its JIT configuration (protocol.md
  // 11.4).
  if (!assertion || assertion->algorithm != "RS256" || assertion->issuer != assertion->subject)
    return oauth_error("invalid_request", "client_assertion must be a JWT with iss = sub, RS256");
  std::optional<Model::RunnerIdentity> const runner = live.model.find_client(assertion->issuer);
  // This error tells a runner for good that its registration is gone (protocol.md 11.4).
  if (!runner) return oauth_error("invalid_client", "the registration has been deleted");
  if (!credentials.runner_key.verifies(assertion->signed_part, assertion->signature))
    return oauth_error("invalid_client", "the assertion's signature is wrong");
  TokenClaims claims;
  claims.kind = TokenKind::runner;
  claims.tenant = runner->tenant;
  claims.id = runner->id.value;
  claims.expires = live.now() + kTokenLife;
  json::object body;
  body["access_token"] = credentials.issue(std::move(claims), live.now());
  body["expires_in"] = kTokenLife.count();
  body["token_type"] = "bearer";
  return json_reply(200, body);
}

http::ServerResponse runner_create_session(BrokerVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const session = fields.text("sessionId").value_or("");
  std::string const owner = fields.text("ownerName").value_or("");
  std::optional<Fields> agent = fields.object("agent");
  std::optional<std::int64_t> const agent_id = agent ? agent->integer("id") : std::nullopt;
  if (!fields.problem().empty()) return broker_error(400, "BadRequest", fields.problem());
  if (agent_id && *agent_id != visit.id.value)
    return broker_error(404, "RunnerNotFound", "The token is of another runner.");
  // A runner that asks for a new session sends an id of zeros (protocol.md D.3).
  bool const is_zero = session.find_first_not_of("0-") == std::string::npos;
  Outcome<std::string> const opened = visit.live.model.open_runner_session(
      visit.live.now(), visit.tenant, visit.id, is_zero ? "" : session);
  if (!opened) return broker_refusal(opened.error());
  json::object body;
  body["sessionId"] = *opened;
  body["ownerName"] = owner;
  body["agent"] = agent ? agent->all() : json::object();
  body["useFipsEncryption"] = false;
  return json_reply(200, body);
}

http::ServerResponse runner_delete_session(BrokerVisit const& visit) {
  Outcome<void> const done = visit.live.model.close_runner_session(
      visit.live.now(), visit.tenant, visit.id, visit.call.parameter("sessionId"));
  return done ? empty_reply(204) : broker_refusal(done.error());
}

http::ServerResponse runner_acknowledge(BrokerVisit const& visit) {
  Outcome<Runner const*> const runner = visit.live.model.runner(visit.tenant, visit.id);
  return runner ? empty_reply(204) : broker_refusal(runner.error());
}

http::ServerResponse runner_acquire_job(RunServiceVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const message = fields.text("jobMessageId").value_or("");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  Outcome<Job const*> const job =
      visit.live.model.acquire_job(visit.live.now(), visit.tenant, visit.id, message);
  if (!job) return run_service_refusal(job.error());
  return json_reply(200, job_json(**job));
}

http::ServerResponse runner_renew_job(RunServiceVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const job = fields.text("jobId").value_or("");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  Outcome<Timestamp> const until =
      visit.live.model.renew_job(visit.live.now(), visit.tenant, visit.id, job);
  if (!until) return run_service_refusal(until.error());
  json::object body;
  body["lockedUntil"] = base::format_rfc3339(*until);
  return json_reply(200, body);
}

http::ServerResponse runner_complete_job(RunServiceVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const job = fields.text("jobId").value_or("");
  // Any text is taken. It becomes the `result` of JobCompleted.
  std::string conclusion = fields.text("conclusion").value_or("");
  if (conclusion.empty()) fields.complain("conclusion", "must be given");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  Outcome<void> const done = visit.live.model.complete_job(visit.live.now(), visit.tenant, visit.id,
                                                           job, std::move(conclusion));
  return done ? json_reply(200, json::object()) : run_service_refusal(done.error());
}

asio::awaitable<http::ServerResponse> runner_get_message(Call call, LiveModel* live,
                                                         Credentials* credentials) {
  // A coroutine cannot take the visit as other handlers do: it refers to the call, which must live
  // in this frame.
  Admission<BrokerVisit> const visit = BrokerVisit::admit(*live, *credentials, call);
  if (!visit) co_return visit.error();
  Timestamp const begin = live->now();
  Timestamp const until = begin + live->model.options().hold_time;
  Outcome<PollTicket> const ticket =
      live->model.begin_runner_poll(begin, visit->tenant, visit->id, call.parameter("sessionId"));
  if (!ticket) co_return broker_refusal(ticket.error());
  HeldRunnerPoll held(live, *ticket);
  if (!live->commit_changes()) co_return empty_reply(500);
  for (;;) {
    Outcome<std::optional<RunnerMessage>> const found =
        live->model.take_runner_message(held.ticket);
    if (!found) co_return broker_refusal(found.error());
    if (*found) co_return json_reply(200, runner_message_json(**found, call.base_url));
    while (!live->model.runner_changed(held.ticket)) {
      WaitEnd const end = co_await live->waiters.wait(held.ticket.channel, until);
      if (end != WaitEnd::woken) co_return empty_reply(202);
    }
  }
}

}  // namespace scaleset::simulator
