#include "simulator/front/github/errors.hpp"

#include <boost/json/object.hpp>

#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

// GitHub's exceptions come in two families. Clients match parts of the type's name (protocol.md
// 7.3), so the names must be exact.
constexpr std::string_view kRuntime = "GitHub.Actions.Runtime.WebApi";
constexpr std::string_view kDistributedTask = "GitHub.DistributedTask.WebApi";
// As in GitHub's answers (protocol.md 7.3).
constexpr int kEventId = 3000;

/// 404 is also the answer for a job that was cancelled or has ended (protocol.md 11.4).
int status_for_runner(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::runner_session_conflict:
    case RefusalKind::job_taken: return 409;
    case RefusalKind::invalid: return 400;
    default: return 404;
  }
}

http::ServerResponse service_error(int status, std::string_view family, std::string_view exception,
                                   std::string_view message) {
  std::string type_name(family);
  type_name.append(".").append(exception).append(", ").append(family);
  json::object body;
  body["$id"] = "1";
  body["innerException"] = nullptr;
  body["message"] = message;
  body["typeName"] = type_name;
  body["typeKey"] = exception;
  body["errorCode"] = 0;
  body["eventId"] = kEventId;
  return json_reply(status, body);
}

}  // namespace

http::ServerResponse rest_error(int status, std::string_view message) {
  json::object body;
  body["message"] = message;
  body["documentation_url"] = "https://docs.github.com/rest";
  body["status"] = std::to_string(status);
  return json_reply(status, body);
}

http::ServerResponse service_refusal(Refusal const& refusal) {
  auto const runtime = [&](int status, std::string_view exception) {
    return service_error(status, kRuntime, exception, refusal.message);
  };
  auto const agent = [&](int status, std::string_view exception) {
    return service_error(status, kDistributedTask, exception, refusal.message);
  };
  switch (refusal.kind) {
    case RefusalKind::scale_set_not_found: return runtime(404, "RunnerScaleSetNotFoundException");
    case RefusalKind::scale_set_exists: return runtime(400, "RunnerScaleSetExistsException");
    // Which status and exception GitHub sends is not known. In plain text no client can take it for
    // one of the exceptions that it knows (protocol.md E8).
    case RefusalKind::scale_set_in_use: return text_reply(409, refusal.message);
    case RefusalKind::session_conflict:
      return runtime(409, "RunnerScaleSetSessionConflictException");
    case RefusalKind::session_evicted: return runtime(404, "RunnerAdminException");
    case RefusalKind::session_expired: return runtime(400, "RunnerScaleSetSessionExpiredException");
    case RefusalKind::poll_unauthorized: return runtime(401, "InvalidTokenException");
    case RefusalKind::message_unknown: return runtime(404, "MessageNotFoundException");
    case RefusalKind::runner_exists: return agent(409, "TaskAgentExistsException");
    case RefusalKind::runner_not_found: return agent(404, "TaskAgentNotFoundException");
    case RefusalKind::job_still_running: return agent(400, "JobStillRunningException");
    default: return runtime(400, "InvalidRequestException");
  }
}

http::ServerResponse bad_request(std::string_view message) {
  return service_error(400, kRuntime, "InvalidRequestException", message);
}

http::ServerResponse invalid_token() {
  return service_error(401, kRuntime, "InvalidTokenException",
                       "The token is invalid or has expired.");
}

http::ServerResponse service_method_not_allowed(std::string_view message) {
  return service_error(405, kRuntime, "MethodNotAllowedException", message);
}

// The broker's words for a route that it does not have (protocol.md 7.3).
http::ServerResponse page_not_found() { return text_reply(404, "404 page not found\n"); }

http::ServerResponse broker_error(int status, std::string_view kind, std::string_view message) {
  json::object body;
  body["source"] = "actions-broker-listener";
  body["errorKind"] = kind;
  body["statusCode"] = status;
  body["errorMessage"] = message;
  return json_reply(status, body);
}

http::ServerResponse broker_refusal(Refusal const& refusal) {
  std::string_view kind = "BadRequest";
  if (refusal.kind == RefusalKind::runner_not_found) kind = "RunnerNotFound";
  if (refusal.kind == RefusalKind::runner_session_unknown) kind = "RunnerSessionInvalid";
  if (refusal.kind == RefusalKind::runner_session_conflict) kind = "RunnerSessionConflict";
  if (refusal.kind == RefusalKind::job_not_found) kind = "AcknowledgeJobNotFound";
  return broker_error(status_for_runner(refusal.kind), kind, refusal.message);
}

http::ServerResponse run_service_error(int status, std::string_view message) {
  json::object body;
  body["source"] = "actions-run-service";
  body["statusCode"] = status;
  body["errorMessage"] = message;
  return json_reply(status, body);
}

http::ServerResponse not_authorized_for_job() {
  return run_service_error(401, "Not authorized for this job");
}

http::ServerResponse run_service_refusal(Refusal const& refusal) {
  return run_service_error(status_for_runner(refusal.kind), refusal.message);
}

}  // namespace scaleset::simulator
