#include "simulator/front/github/runner_side.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/job_message.hpp"
#include "simulator/front/github/urls.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds kTokenLife{2999};
constexpr std::chrono::hours kJobTokenLife{5 * 24};  // as long as a job may run
// As .NET writes a time span (protocol.md D.3).
constexpr std::string_view kCancelGrace = "00:05:00";

http::ServerResponse oauth_error(std::string_view error, std::string_view description) {
  json::object body;
  body["error"] = error;
  body["error_description"] = description;
  return json_reply(400, body);
}

std::string run_service_url(Call const& call) { return call.base_url + "/run/1/"; }

/// A header cannot have control characters.
std::string header_text(std::string text) {
  std::ranges::replace_if(
      text, [](char letter) { return (letter >= 0 && letter < ' ') || letter == '\x7f'; }, ' ');
  return text;
}

/// The service says in every answer about a job which job it is (protocol.md D.3, item 8).
http::ServerResponse about(Job const& job, http::ServerResponse response) {
  response.headers.emplace_back("x-plan-id", job.plan_id);
  response.headers.emplace_back("x-job-name", header_text(job.facts.display_name));
  return response;
}

JobPlaces places_of(RunServiceVisit const& visit, Credentials& credentials, Job const& job) {
  LiveModel const& live = visit.live;
  TokenClaims claims;
  claims.kind = TokenKind::job;
  claims.tenant = visit.tenant;
  claims.id = visit.id.value;
  claims.session = job.facts.job_id;
  claims.expires = live.now() + kJobTokenLife;
  JobPlaces places;
  places.base_url = visit.call.base_url;
  places.server_url = runner_server_url(visit.call, *live.model.find_tenant(visit.tenant));
  places.run_service_url = run_service_url(visit.call);
  places.job_token = credentials.issue(std::move(claims), live.now());
  places.github_token = "ghs_" + credentials.passing_hex(36);
  return places;
}

/// The conclusion that completejob reports. Empty: there is none.
std::string read_conclusion(Fields& fields) {
  std::string conclusion = fields.text("conclusion").value_or("");
  if (conclusion.empty()) conclusion = fields.text("result").value_or("");
  conclusion = lower(conclusion);
  if (conclusion == "success") return "succeeded";
  if (conclusion == "failure") return "failed";
  return conclusion == "cancelled" ? "canceled" : conclusion;
}

json::object runner_message_json(RunnerMessage const& message, Call const& call) {
  json::object content;
  json::object envelope;
  envelope["messageId"] = message.id;
  if (message.kind == RunnerMessage::Kind::job_cancellation) {
    content["jobId"] = message.job_id;
    content["timeout"] = kCancelGrace;
    envelope["messageType"] = "JobCancellation";
  } else {
    content["runner_request_id"] = message.job_id;
    content["should_acknowledge"] = true;
    content["run_service_url"] = run_service_url(call);
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
  bool const is_pss = assertion && assertion->algorithm == "PS256";
  bool const is_known = is_pss || (assertion && assertion->algorithm == "RS256");
  if (!is_known || assertion->issuer != assertion->subject) {
    return oauth_error("invalid_request",
                       "client_assertion must be a JWT with iss = sub, PS256 or RS256");
  }
  std::optional<Model::RunnerIdentity> const runner = live.model.find_client(assertion->issuer);
  // This error tells a runner for good that its registration is gone (protocol.md 11.4).
  if (!runner) return oauth_error("invalid_client", "the registration has been deleted");
  base::JwtAlgorithm const algorithm =
      is_pss ? base::JwtAlgorithm::ps256 : base::JwtAlgorithm::rs256;
  if (!credentials.runner_key.verifies(assertion->signed_part, assertion->signature, algorithm))
    return oauth_error("invalid_client", "the assertion's signature is wrong");
  TokenClaims claims;
  claims.kind = TokenKind::runner;
  claims.tenant = runner->tenant;
  claims.id = runner->id.value;
  claims.expires = live.now() + kTokenLife;
  json::object body;
  body["access_token"] = credentials.issue(std::move(claims), live.now());
  body["expires_in"] = kTokenLife.count();
  body["token_type"] = "JWT";
  return json_reply(200, body);
}

http::ServerResponse runner_create_session(BrokerVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const session = fields.text("sessionId").value_or("");
  std::string const owner = fields.text("ownerName").value_or("");
  std::optional<Fields> agent = fields.object("agent");
  std::optional<std::int64_t> const agent_id = agent ? agent->integer("id") : std::nullopt;
  std::string const version = agent ? agent->text("version").value_or("") : "";
  if (agent && !agent->problem().empty()) fields.complain("agent", agent->problem());
  if (!fields.problem().empty()) return broker_error(400, "BadRequest", fields.problem());
  if (agent_id && *agent_id != visit.id.value)
    return broker_error(404, "RunnerNotFound", "The token is of another runner.");
  // A runner that asks for a new session sends an id of zeros (protocol.md D.3).
  bool const is_zero = session.find_first_not_of("0-") == std::string::npos;
  Outcome<std::string> const opened = visit.live.model.open_runner_session(
      visit.live.now(), visit.tenant, visit.id, is_zero ? "" : session, version);
  if (!opened) return broker_refusal(opened.error());
  json::object body;
  body["sessionId"] = *opened;
  body["ownerName"] = owner;
  body["agent"] = agent ? agent->all() : json::object();
  body["useFipsEncryption"] = false;
  return json_reply(201, body);
}

http::ServerResponse runner_delete_session(BrokerVisit const& visit) {
  Outcome<void> const done =
      visit.live.model.close_runner_session(visit.live.now(), visit.tenant, visit.id);
  return done ? empty_reply(204) : broker_refusal(done.error());
}

http::ServerResponse runner_acknowledge(BrokerVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const job_id = fields.text("runnerRequestId").value_or("");
  if (!fields.problem().empty()) return broker_error(400, "BadRequest", fields.problem());
  Outcome<void> const done = visit.live.model.acknowledge_job(visit.tenant, visit.id, job_id);
  return done ? empty_reply(204) : broker_refusal(done.error());
}

http::ServerResponse runner_acquire_job(RunServiceVisit const& visit, Credentials& credentials) {
  Fields fields(visit.call.body);
  std::string const message = fields.text("jobMessageId").value_or("");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  Outcome<Job const*> const job =
      visit.live.model.acquire_job(visit.live.now(), visit.tenant, visit.id, message);
  if (!job) return run_service_refusal(job.error());
  Tenant const& tenant = *visit.live.model.find_tenant(visit.tenant);
  return about(**job,
               json_reply(200, job_message(tenant, **job, places_of(visit, credentials, **job))));
}

http::ServerResponse runner_renew_job(JobVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const job_id = fields.text("jobId").value_or("");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  if (job_id != visit.job_id) return not_authorized_for_job();
  Outcome<Job const*> const job =
      visit.live.model.renew_job(visit.live.now(), visit.tenant, visit.runner, job_id);
  if (!job) return run_service_refusal(job.error());
  json::object body;
  body["lockedUntil"] = base::format_rfc3339((*job)->lock_until);
  return about(**job, json_reply(200, body));
}

http::ServerResponse runner_complete_job(JobVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const job_id = fields.text("jobId").value_or("");
  // Any text is taken. It becomes the `result` of JobCompleted.
  std::string conclusion = read_conclusion(fields);
  if (conclusion.empty()) fields.complain("conclusion", "must be given");
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  if (job_id != visit.job_id) return not_authorized_for_job();
  Outcome<Job const*> const job = visit.live.model.complete_job(
      visit.live.now(), visit.tenant, visit.runner, job_id, std::move(conclusion));
  return job ? about(**job, empty_reply(204)) : run_service_refusal(job.error());
}

asio::awaitable<http::ServerResponse> runner_get_message(Call call, LiveModel* live,
                                                         Credentials* credentials,
                                                         RunnerReleases* releases) {
  // A coroutine cannot take the visit as other handlers do: it refers to the call, which must live
  // in this frame.
  Admission<BrokerVisit> const visit = BrokerVisit::admit(*live, *credentials, call);
  if (!visit) co_return visit.error();
  std::string const version = call.parameter("runnerVersion");
  if (releases->is_too_old(version)) {
    co_return broker_error(
        403, "RunnerVersionTooOld",
        "Runner version v" + version + " is deprecated and cannot receive messages.");
  }
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
    if (*found) co_return json_reply(200, runner_message_json(**found, call));
    while (!live->model.runner_changed(held.ticket)) {
      WaitEnd const end = co_await live->waiters.wait(held.ticket.channel, until);
      if (end != WaitEnd::woken) co_return empty_reply(202);
    }
  }
}

}  // namespace scaleset::simulator
