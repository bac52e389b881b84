#include "simulator/front/github/results.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "base/whole_number.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::chrono::hours kUploadLife{24};
constexpr std::int64_t kSoftSizeLimit = 1 << 30;
constexpr std::string_view kNoStep = "-";

/// A kind of text, and the methods about it.
struct Upload {
  std::string_view kind;  // as in LogName
  std::string_view url_method;
  std::string_view url_field;
  std::string_view metadata_method;
  bool of_step;
};

constexpr auto kUploads = std::to_array<Upload>({
    {"step", "GetStepLogsSignedBlobURL", "logs_url", "CreateStepLogsMetadata", true},
    {"job", "GetJobLogsSignedBlobURL", "logs_url", "CreateJobLogsMetadata", false},
    {"summary", "GetStepSummarySignedBlobURL", "summary_url", "CreateStepSummaryMetadata", true},
    {"diagnostics", "GetJobDiagLogsSignedBlobURL", "logs_url", "CreateJobDiagLogsMetadata", false},
});

http::ServerResponse twirp_error(int status, std::string_view code, std::string_view message) {
  json::object body;
  body["code"] = code;
  body["msg"] = message;
  return json_reply(status, body);
}

http::ServerResponse ok_reply() {
  json::object body;
  body["ok"] = true;
  return json_reply(200, body);
}

bool is_path_segment(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
  });
}

/// The upload's place in the URL, which its signature is of.
std::string place_of(std::string_view job_id, LogName const& name) {
  return std::string(job_id) + "/" + name.kind + "/" + name.step;
}

http::ServerResponse signed_url(JobVisit const& visit, Credentials& credentials,
                                Upload const& upload, LogName const& name) {
  std::string const place = place_of(visit.job_id, name);
  Timestamp const now = visit.live.now();
  TokenClaims claims;
  claims.kind = TokenKind::blob;
  claims.tenant = visit.tenant;
  claims.session = place;
  claims.expires = now + kUploadLife;
  json::object body;
  // There is a query already: some clients append to it without looking.
  body[upload.url_field] = visit.call.base_url + "/results/" + place +
                           "?sig=" + credentials.issue(std::move(claims), now);
  body["blob_storage_type"] = "BLOB_STORAGE_TYPE_AZURE";
  body["soft_size_limit"] = kSoftSizeLimit;
  return json_reply(200, body);
}

/// Clients write the number as a number or, as twirp itself does, as a text.
std::int64_t read_lines(Fields const& fields) {
  json::value const* const count = fields.find("line_count");
  if (count == nullptr) return 0;
  if (count->is_string()) return base::whole_number<std::int64_t>(count->as_string()).value_or(0);
  return count->is_int64() ? count->as_int64() : 0;
}

}  // namespace

http::ServerResponse results_receiver(JobVisit const& visit, Credentials& credentials,
                                      JobLogs& logs) {
  std::string const& method = visit.call.segments.front();
  auto const* const upload = std::ranges::find_if(kUploads, [&](Upload const& one) {
    return one.url_method == method || one.metadata_method == method;
  });
  if (upload == kUploads.end())
    return twirp_error(404, "bad_route", "there is no method " + method);
  Fields fields(visit.call.body);
  std::string const job = fields.text("workflow_job_run_backend_id").value_or("");
  std::string const step = fields.text("step_backend_id").value_or("");
  if (!fields.problem().empty()) return twirp_error(400, "malformed", fields.problem());
  if (job != visit.job_id) return not_authorized_for_job();
  LogName name{std::string(upload->kind), upload->of_step ? step : std::string(kNoStep)};
  if (!is_path_segment(name.step))
    return twirp_error(400, "invalid_argument", "step_backend_id must be given");
  if (method == upload->url_method) return signed_url(visit, credentials, *upload, name);
  logs.complete(visit.job_id, name, read_lines(fields));
  return ok_reply();
}

http::ServerResponse results_update_steps(JobVisit const& visit, JobLogs& logs) {
  Fields fields(visit.call.body);
  std::string const job = fields.text("workflow_job_run_backend_id").value_or("");
  json::array const steps = fields.list("steps").value_or(json::array());
  if (!fields.problem().empty()) return twirp_error(400, "malformed", fields.problem());
  if (job != visit.job_id) return not_authorized_for_job();
  logs.update_steps(visit.job_id, steps);
  return ok_reply();
}

http::ServerResponse results_upload(Call const& call, LiveModel& live, Credentials& credentials,
                                    JobLogs& logs) {
  std::string const& job = call.segments[0];
  LogName const name{call.segments[1], call.segments[2]};
  std::optional<TokenClaims> const claims =
      credentials.tokens.verify(call.parameter("sig"), TokenKind::blob, live.now());
  if (!claims || claims->session != place_of(job, name)) {
    return reply_of_type(401, "application/xml",
                         "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>"
                         "AuthenticationFailed</Code><Message>The signature is not of this place."
                         "</Message></Error>");
  }
  std::string const part = call.parameter("comp");
  http::ServerResponse response = empty_reply(part == "seal" ? 200 : 201);
  if (part == "appendblock") logs.append(job, name, call.body);
  if (part.empty()) logs.replace(job, name, call.body);
  response.headers.emplace_back("ETag", "\"0x1\"");
  return response;
}

http::ServerResponse resolve_actions(JobVisit const& visit) {
  Fields fields(visit.call.body);
  json::array const actions = fields.list("actions").value_or(json::array());
  if (!fields.problem().empty()) return run_service_error(400, fields.problem());
  json::object errors;
  for (json::value const& element : actions) {
    if (!element.is_object()) continue;
    Fields action(element.as_object());
    std::string const name =
        action.text("action").value_or("") + "@" + action.text("version").value_or("");
    json::object error;
    error["message"] = "The simulator has no actions: " + name + " cannot be fetched";
    errors[name] = std::move(error);
  }
  json::object body;
  body["errors"] = std::move(errors);
  return json_reply(422, body);
}

}  // namespace scaleset::simulator
