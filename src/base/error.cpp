#include "scaleset/error.hpp"

namespace scaleset::inline v0 {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::invalid_config_url: return "invalid_config_url";
    case ErrorCode::invalid_private_key: return "invalid_private_key";
    case ErrorCode::invalid_options: return "invalid_options";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::network: return "network";
    case ErrorCode::tls_verification: return "tls_verification";
    case ErrorCode::proxy_authentication: return "proxy_authentication";
    case ErrorCode::unauthorized: return "unauthorized";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::rate_limited: return "rate_limited";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::bad_request: return "bad_request";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::runner_not_found: return "runner_not_found";
    case ErrorCode::runner_exists: return "runner_exists";
    case ErrorCode::job_still_running: return "job_still_running";
    case ErrorCode::message_queue_token_expired: return "message_queue_token_expired";
    case ErrorCode::session_conflict: return "session_conflict";
    case ErrorCode::ambiguous_result: return "ambiguous_result";
    case ErrorCode::scale_set_not_found: return "scale_set_not_found";
    case ErrorCode::scale_set_exists: return "scale_set_exists";
    case ErrorCode::session_lost: return "session_lost";
    case ErrorCode::unexpected_status: return "unexpected_status";
    case ErrorCode::malformed_response: return "malformed_response";
    case ErrorCode::server_error: return "server_error";
    case ErrorCode::backend: return "backend";
    case ErrorCode::io: return "io";
  }
  return "unknown";
}

bool Error::transient() const noexcept {
  switch (code) {
    case ErrorCode::timeout:
    case ErrorCode::network:
    case ErrorCode::rate_limited:
    case ErrorCode::malformed_response:
    case ErrorCode::server_error: return true;
    // 501 says that the service does not know the call, which waiting does not change.
    case ErrorCode::unexpected_status:
      return http_status == 408 || (http_status >= 500 && http_status != 501);
    default: return false;
  }
}

ServiceReply const& Error::reply() const noexcept {
  static ServiceReply const none;
  return reply_ ? *reply_ : none;
}

std::string Error::to_string() const {
  std::string text(operation);
  if (!text.empty()) text += ": ";
  text += message;
  std::string details;
  auto add = [&details](std::string_view name, std::string const& value) {
    if (value.empty()) return;
    if (!details.empty()) details += ", ";
    details.append(name).append(" ").append(value);
  };
  std::string const status = http_status == 0 ? "" : std::to_string(http_status);
  // Most messages name it already.
  if (!message.contains("answered " + status)) add("status", status);
  add("exception", reply().server_exception);
  add("activity id", reply().activity_id);
  add("request id", reply().github_request_id);
  if (attempts > 1) add("after attempts:", std::to_string(attempts));
  if (!details.empty()) text += " (" + details + ")";
  return text;
}

}  // namespace scaleset::inline v0
