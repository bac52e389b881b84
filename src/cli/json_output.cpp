#include "cli/json_output.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

/// The service may send any bytes, but what we print must be UTF-8.
json::string text(std::string const& value) { return json::string(base::valid_utf8(value)); }

json::value time(std::optional<Timestamp> const& value) {
  if (!value) return nullptr;
  return json::string(base::format_rfc3339(*value));
}

json::array texts(std::vector<std::string> const& values) {
  json::array all;
  for (std::string const& value : values) all.push_back(text(value));
  return all;
}

/// With the service's own names (protocol.md 6.5).
json::object to_json(JobInfo const& job) {
  return {{"runnerRequestId", job.request.value},
          {"jobId", text(job.job_id)},
          {"jobDisplayName", text(job.job_display_name)},
          {"jobWorkflowRef", text(job.workflow_ref)},
          {"eventName", text(job.event_name)},
          {"ownerName", text(job.owner)},
          {"repositoryName", text(job.repository)},
          {"workflowRunId", job.workflow_run_id},
          {"requestLabels", texts(job.labels)},
          {"queueTime", time(job.queued_at)},
          {"scaleSetAssignTime", time(job.assigned_at)},
          {"runnerAssignTime", time(job.runner_assigned_at)},
          {"finishTime", time(job.finished_at)}};
}

/// One line of `scaleset listen` for each job message.
struct EventWriter {
  json::object& event;

  void operator()(JobAvailable const& available) const {
    event["event"] = "job_available";
    event["job"] = to_json(available.job);
  }
  void operator()(JobAssigned const& assigned) const {
    event["event"] = "job_assigned";
    event["job"] = to_json(assigned.job);
  }
  void operator()(JobStarted const& started) const {
    event["event"] = "job_started";
    event["runnerId"] = started.runner.value;
    event["runnerName"] = text(started.runner_name);
    event["job"] = to_json(started.job);
  }
  void operator()(JobCompleted const& completed) const {
    event["event"] = "job_completed";
    event["result"] = text(completed.result);
    event["runnerId"] = completed.runner.value;
    event["runnerName"] = text(completed.runner_name);
    event["job"] = to_json(completed.job);
  }
  void operator()(UnknownJobMessage const& unknown) const {
    event["event"] = "unknown";
    event["messageType"] = text(unknown.type);
    event["problem"] = text(unknown.problem);
  }
};

}  // namespace

json::value to_json(ScaleSet const& scale_set) {
  json::array labels;
  for (Label const& label : scale_set.labels)
    labels.push_back({{"name", text(label.name)}, {"type", text(label.type)}});
  return {
      {"id", scale_set.id.value},
      {"name", text(scale_set.name)},
      {"runnerGroupId", scale_set.group.value},
      {"runnerGroupName", text(scale_set.group_name)},
      {"labels", std::move(labels)},
      {"disableUpdate", scale_set.disable_update},
      {"createdOn", time(scale_set.created_on)},
      {"statistics", scale_set.statistics ? to_json(*scale_set.statistics) : json::value(nullptr)}};
}

json::value to_json(RunnerGroup const& group) {
  return {{"id", group.id.value}, {"name", text(group.name)}, {"isDefaultGroup", group.is_default}};
}

json::value to_json(Runner const& runner) {
  json::object object{{"id", runner.id.value},
                      {"name", text(runner.name)},
                      {"runnerScaleSetId", runner.scale_set.value}};
  if (!runner.status.empty()) object["status"] = text(runner.status);
  if (runner.busy) object["busy"] = *runner.busy;
  return object;
}

json::value to_json(RunnerDeprecation const& deprecation) {
  return {{"runner_version", text(deprecation.version)},
          {"registration_deprecates_at", time(deprecation.registration_deprecates_at)},
          {"runtime_deprecates_at", time(deprecation.runtime_deprecates_at)}};
}

json::value to_json(JitConfig const& config) {
  return {{"runner", to_json(config.runner)}, {"encodedJitConfig", config.encoded.reveal()}};
}

json::value to_json(AccessInfo const& access) {
  return {{"serviceUrl", text(access.service_url)},
          {"expiresAt", time(access.expires_at)},
          {"scopes", texts(access.scopes)}};
}

json::value to_json(Statistics const& statistics) {
  return {{"totalAvailableJobs", statistics.available_jobs},
          {"totalAcquiredJobs", statistics.acquired_jobs},
          {"totalAssignedJobs", statistics.assigned_jobs},
          {"totalRunningJobs", statistics.running_jobs},
          {"totalRegisteredRunners", statistics.registered_runners},
          {"totalBusyRunners", statistics.busy_runners},
          {"totalIdleRunners", statistics.idle_runners}};
}

json::value to_json(JobMessage const& message, MessageId id) {
  json::object event{{"event", nullptr}, {"messageId", id.value}};
  std::visit(EventWriter{event}, message);
  return event;
}

json::value statistics_event(Statistics const& statistics, MessageId message) {
  return {
      {"event", "statistics"}, {"messageId", message.value}, {"statistics", to_json(statistics)}};
}

}  // namespace scaleset::cli
