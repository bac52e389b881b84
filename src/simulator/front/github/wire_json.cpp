#include "simulator/front/github/wire_json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <ranges>

#include "base/rfc3339.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

// How .NET and Go write a time that has no value (protocol.md 4.3).
constexpr std::string_view kZeroTime = "0001-01-01T00:00:00Z";

json::array labels_json(std::vector<Label> const& labels) {
  json::array list;
  for (Label const& label : labels) {
    json::object one;
    one["type"] = label.type;
    one["name"] = label.name;
    list.push_back(std::move(one));
  }
  return list;
}

json::array texts_json(std::vector<std::string> const& texts) {
  json::array list;
  for (std::string const& text : texts) list.push_back(json::value(text));
  return list;
}

std::string group_name(Tenant const& tenant, RunnerGroupId id) {
  for (Group const& group : tenant.groups) {
    if (group.id == id) return group.name;
  }
  return "";
}

/// The broker writes whole seconds, and leaves out times that have not come; GHES writes fractions,
/// and a zero time instead.
void put_time(json::object& element, char const* name, std::optional<Timestamp> time,
              Profile profile) {
  if (profile == Profile::acquire) {
    element[name] = time ? base::format_rfc3339(*time) : std::string(kZeroTime);
  } else if (time) {
    element[name] = base::format_rfc3339(std::chrono::floor<std::chrono::seconds>(*time));
  }
}

json::object entry_json(Entry const& entry, Profile profile, std::string const& acquire_url) {
  JobFacts const& job = entry.job;
  json::object element;
  element["messageType"] = to_string(entry.kind);
  if (entry.kind == EntryKind::job_available) element["acquireJobUrl"] = acquire_url;
  if (entry.kind == EntryKind::job_completed) element["result"] = entry.result;
  if (entry.kind == EntryKind::job_started || entry.kind == EntryKind::job_completed) {
    element["runnerId"] = entry.runner.value;
    element["runnerName"] = entry.runner_name;
  }
  element["repositoryName"] = job.repository;
  element["ownerName"] = job.owner;
  element["workflowRunId"] = job.workflow_run_id;
  element["jobDisplayName"] = job.display_name;
  element["eventName"] = job.event_name;
  element["jobWorkflowRef"] = job.workflow_ref;
  element["requestLabels"] = texts_json(job.labels);
  put_time(element, "queueTime", job.queue_time, profile);
  put_time(element, "scaleSetAssignTime", job.assign_time, profile);
  put_time(element, "runnerAssignTime", job.runner_time, profile);
  put_time(element, "finishTime", job.finish_time, profile);
  element["jobId"] = job.job_id;
  // Always 0 at github.com, which is why clients must not tell jobs by it (protocol.md 6.5, A8).
  element["runnerRequestId"] = profile == Profile::acquire ? job.request.value : 0;
  return element;
}

}  // namespace

json::object statistics_json(Statistics const& statistics) {
  json::object counts;
  counts["totalAvailableJobs"] = statistics.available_jobs;
  counts["totalAcquiredJobs"] = statistics.acquired_jobs;
  counts["totalAssignedJobs"] = statistics.assigned_jobs;
  counts["totalRunningJobs"] = statistics.running_jobs;
  counts["totalRegisteredRunners"] = statistics.registered_runners;
  counts["totalBusyRunners"] = statistics.busy_runners;
  counts["totalIdleRunners"] = statistics.idle_runners;
  return counts;
}

json::object scale_set_json(Tenant const& tenant, ScaleSet const& set,
                            std::string const& service_url) {
  std::string const url =
      service_url + "/_apis/runtime/runnerscalesets/" + std::to_string(set.id.value);
  json::object setting;
  // Go's client ignores these two, but the service sends them (protocol.md E4).
  setting["ephemeral"] = true;
  setting["isElastic"] = true;
  setting["disableUpdate"] = set.disable_update;
  json::object body;
  body["id"] = set.id.value;
  body["name"] = set.name;
  body["runnerGroupId"] = set.group.value;
  body["runnerGroupName"] = group_name(tenant, set.group);
  body["labels"] = labels_json(set.labels);
  body["RunnerSetting"] = std::move(setting);
  body["createdOn"] = base::format_rfc3339(set.created_on);
  body["runnerJitConfigUrl"] = url + "/generatejitconfig";
  body["getAcquirableJobsUrl"] = url + "/acquirablejobs";
  body["acquireJobsUrl"] = url + "/acquirejobs";
  body["status"] = set.session ? "online" : "offline";
  body["enabled"] = true;
  return body;
}

json::object runner_json(ScaleSet const* set, Runner const& runner) {
  json::object body;
  body["id"] = runner.id.value;
  body["name"] = runner.name;
  body["runnerScaleSetId"] = runner.scale_set.value;
  body["os"] = nullptr;
  body["version"] = runner.program_version;
  body["enabled"] = true;
  body["ephemeral"] = true;
  body["status"] = runner.online ? "online" : "offline";
  body["busy"] = runner.job.has_value();
  body["provisioningState"] = "Provisioned";
  body["labels"] = labels_json(set == nullptr ? runner.labels : set->labels);
  body["createdOn"] = base::format_rfc3339(runner.created_on);
  return body;
}

json::object rest_runner_json(ScaleSet const* set, Runner const& runner) {
  json::array labels;
  for (Label const& label : set == nullptr ? runner.labels : set->labels) {
    json::object one;
    one["id"] = labels.size() + 1;
    one["name"] = label.name;
    one["type"] = "custom";
    labels.push_back(std::move(one));
  }
  json::object body;
  body["id"] = runner.id.value;
  body["name"] = runner.name;
  body["os"] = "unknown";
  body["version"] = runner.program_version;
  body["status"] = runner.online ? "online" : "offline";
  body["busy"] = runner.job.has_value();
  body["ephemeral"] = true;
  body["labels"] = std::move(labels);
  body["runner_group_id"] = runner.group.value;
  return body;
}

json::object group_json(Tenant const& tenant, Group const& group) {
  json::object body;
  body["id"] = group.id.value;
  body["name"] = group.name;
  body["size"] = std::ranges::count_if(tenant.runners | std::views::values,
                                       [&](Runner const& one) { return one.group == group.id; });
  body["isDefaultGroup"] = group.is_default;
  return body;
}

json::object message_json(Delivery const& delivery, Profile profile,
                          std::string const& acquire_url) {
  json::array entries;
  for (Entry const& entry : delivery.message.entries)
    entries.push_back(entry_json(entry, profile, acquire_url));
  json::object envelope;
  envelope["messageId"] = delivery.message.id.value;
  envelope["messageType"] = "RunnerScaleSetJobMessages";
  // A text that contains JSON, as at GitHub (protocol.md 6.3).
  envelope["body"] = json::serialize(entries);
  envelope["statistics"] = statistics_json(delivery.statistics);
  return envelope;
}

json::object acquirable_json(JobFacts const& job, std::string const& acquire_url) {
  json::object body;
  body["acquireJobUrl"] = acquire_url;
  // Empty at GitHub as well (protocol.md E18).
  body["messageType"] = "";
  body["runnerRequestId"] = job.request.value;
  body["repositoryName"] = job.repository;
  body["ownerName"] = job.owner;
  body["jobWorkflowRef"] = job.workflow_ref;
  body["eventName"] = job.event_name;
  body["requestLabels"] = texts_json(job.labels);
  return body;
}

json::object counted(json::array values) {
  json::object body;
  body["count"] = values.size();
  body["value"] = std::move(values);
  return body;
}

}  // namespace scaleset::simulator
