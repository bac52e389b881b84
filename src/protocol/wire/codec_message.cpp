#include "protocol/wire/codec.hpp"
#include "protocol/wire/codec_reader.hpp"

namespace scaleset::protocol {
namespace {

namespace json = boost::json;

JobInfo read_job(ObjectReader& reader) {
  JobInfo job;
  job.request = RequestId{reader.integer("runnerRequestId")};
  job.job_id = reader.text("jobId");
  job.job_display_name = reader.text("jobDisplayName");
  job.workflow_ref = reader.text("jobWorkflowRef");
  job.event_name = reader.text("eventName");
  job.owner = reader.text("ownerName");
  job.repository = reader.text("repositoryName");
  job.workflow_run_id = reader.integer("workflowRunId");
  job.labels = reader.texts("requestLabels");
  job.queued_at = reader.time("queueTime");
  job.assigned_at = reader.time("scaleSetAssignTime");
  job.runner_assigned_at = reader.time("runnerAssignTime");
  job.finished_at = reader.time("finishTime");
  return job;
}

JobMessage read_assigned(ObjectReader& reader) {
  JobAssigned message;
  message.job = read_job(reader);
  return message;
}

JobMessage read_started(ObjectReader& reader) {
  JobStarted message;
  message.job = read_job(reader);
  message.runner = RunnerId{reader.integer("runnerId")};
  message.runner_name = reader.text("runnerName");
  return message;
}

JobMessage read_completed(ObjectReader& reader) {
  JobCompleted message;
  message.job = read_job(reader);
  message.runner = RunnerId{reader.integer("runnerId")};
  message.runner_name = reader.text("runnerName");
  message.result = reader.text("result");
  return message;
}

JobMessage unknown(std::string type, std::string problem) {
  UnknownJobMessage message;
  message.type = std::move(type);
  message.problem = std::move(problem);
  return message;
}

JobMessage read_job_message(json::value const& element) {
  auto const* object = element.if_object();
  if (object == nullptr) {
    return unknown("", element.is_null() ? "" : "the entry is not a JSON object");
  }
  ObjectReader reader(*object);
  std::string const type = reader.text("messageType");
  JobMessage message = unknown(type, "");
  if (type == "JobAvailable") message = read_job_available(reader);
  if (type == "JobAssigned") message = read_assigned(reader);
  if (type == "JobStarted") message = read_started(reader);
  if (type == "JobCompleted") message = read_completed(reader);
  if (!reader.problem().empty()) return unknown(type, reader.problem());
  return message;
}

/// `body` is text that holds a JSON array.
std::vector<JobMessage> read_jobs(ObjectReader& envelope) {
  std::string const body = envelope.text("body");
  if (!envelope.problem().empty()) return {unknown("", envelope.problem())};
  if (body.empty()) return {};
  auto const value = parse_whole(body);
  if (!value) return {unknown("", "the field body: " + value.error().message)};
  if (value->is_null()) return {};
  if (!value->is_array()) return {unknown("", "the field body does not hold a list")};
  std::vector<JobMessage> jobs;
  for (auto const& element : value->get_array()) jobs.push_back(read_job_message(element));
  return jobs;
}

}  // namespace

JobAvailable read_job_available(ObjectReader& reader) {
  JobAvailable message;
  message.job = read_job(reader);
  message.job.request = RequestId{reader.id("runnerRequestId")};  // it is acquired by this id
  message.acquire_url = reader.text("acquireJobUrl");
  return message;
}

Result<Message> decode_message(std::string_view body) {
  auto const value = parse_first_value(body);
  if (!value) return std::unexpected(value.error());
  auto const* object = value->if_object();
  if (object == nullptr)
    return fail(ErrorCode::malformed_response, "the message is not a JSON object");
  ObjectReader envelope(*object);
  Message message;
  message.id = MessageId{envelope.integer("messageId")};
  if (auto checked = envelope.check(); !checked) return std::unexpected(checked.error());
  if (message.id.value <= 0) {
    return fail(ErrorCode::malformed_response, "the message has no id");
  }
  constexpr std::string_view known_type = "RunnerScaleSetJobMessages";
  std::string const type = envelope.text("messageType");
  if (type == known_type) {
    message.jobs = read_jobs(envelope);
  } else {
    message.jobs.push_back(unknown(type, "the whole message has an unsupported type"));
  }
  message.statistics = read_statistics(envelope);
  return message;
}

}  // namespace scaleset::protocol
