#include "simulator/front/github/workflows.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "base/whole_number.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/pages.hpp"
#include "simulator/front/github/workflow_runs.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::int64_t kLongestJob = 5LL * 86400;  // seconds; GitHub's limit

RunFilter repository_of(Call const& call) {
  RunFilter filter;
  filter.owner = call.segments[0];
  filter.repository = call.segments[1];
  return filter;
}

/// The latest attempt of the run that the call names. Null: there is no such run.
Job const* run_of(UserVisit const& visit) {
  return find_run(visit.live.model.world(), repository_of(visit.call), visit.call.number(2));
}

/// Inputs of a workflow are texts, so a list comes as "a, b".
std::vector<std::string> split_labels(std::string_view text) {
  std::vector<std::string> labels;
  while (!text.empty()) {
    std::size_t const comma = text.find(',');
    std::string_view label = text.substr(0, comma);
    while (label.starts_with(' ')) label.remove_prefix(1);
    while (label.ends_with(' ')) label.remove_suffix(1);
    if (!label.empty()) labels.emplace_back(label);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return labels;
}

void read_duration(Fields& inputs, JobOrder& order) {
  std::optional<std::string> const text = inputs.text("duration_seconds");
  if (!text) return;
  std::int64_t const seconds = base::whole_number<std::int64_t>(*text).value_or(-1);
  if (seconds < 0 || seconds > kLongestJob) {
    inputs.complain("duration_seconds", "must be a whole number of seconds, at most five days");
    return;
  }
  order.plan.duration = std::chrono::seconds(seconds);
}

void read_inputs(Fields& inputs, JobOrder& order) {
  order.labels = split_labels(inputs.text("labels").value_or(""));
  std::string const set = inputs.text("scaleset_name").value_or("");
  // The input that GitHub's own end-to-end test sends (protocol.md E19). A scale set has its name
  // as a label.
  if (order.labels.empty() && !set.empty()) order.labels = {set};
  order.group = inputs.text("group").value_or("");
  order.plan.result = inputs.text("result").value_or("succeeded");
  read_duration(inputs, order);
}

bool has_a_set_for(Tenant const& tenant, JobOrder const& order) {
  Job job;
  job.facts.labels = order.labels;
  job.group = order.group;
  for (auto const& [id, set] : tenant.scale_sets) {
    if (Model::matches(tenant, set, job)) return true;
  }
  return false;
}

/// The key of the tenant that the job is for, which is created if it is new.
std::string choose_tenant(Model& model, JobOrder const& order) {
  // A repository's jobs may be run by scale sets of the repository, of its owner or of an
  // enterprise. The nearest one that fits gets the job.
  std::vector<std::string> places{Model::key(order.owner + "/" + order.repository),
                                  Model::key(order.owner)};
  for (auto const& [key, tenant] : model.world().tenants) {
    if (key.starts_with("enterprises/")) places.push_back(key);
  }
  for (std::string const& key : places) {
    Tenant const* const tenant = model.find_tenant(key);
    if (tenant != nullptr && has_a_set_for(*tenant, order)) return key;
  }
  for (std::string const& key : places) {
    // No scale set fits yet; one may be created later.
    if (model.find_tenant(key) != nullptr) return key;
  }
  return model.open_tenant(order.owner);
}

}  // namespace

http::ServerResponse dispatch_workflow(UserVisit const& visit) {
  Call const& call = visit.call;
  Fields fields(call.body);
  if (!fields.problem().empty()) return rest_error(400, "Problems parsing JSON");
  std::string const ref = fields.text("ref").value_or("");
  // Inputs are optional.
  Fields inputs = fields.object("inputs").value_or(Fields(""));
  JobOrder order;
  order.owner = call.segments[0];
  order.repository = call.segments[1];
  order.workflow_file = call.segments[2];
  order.git_ref = ref.starts_with("refs/") ? ref : "refs/heads/" + ref;
  order.display_name = order.workflow_file;
  read_inputs(inputs, order);
  if (!fields.problem().empty()) return rest_error(422, "Invalid request.\n\n" + fields.problem());
  if (ref.empty()) return rest_error(422, "Invalid request.\n\n\"ref\" wasn't supplied.");
  if (!inputs.problem().empty()) return rest_error(422, "Invalid input: " + inputs.problem());
  if (order.labels.empty()) return rest_error(422, "Required input 'scaleset_name' not provided");
  std::string const tenant = choose_tenant(visit.live.model, order);
  static_cast<void>(visit.live.model.queue_jobs(visit.live.now(), tenant, std::move(order)));
  return empty_reply(204);
}

http::ServerResponse list_workflow_runs(UserVisit const& visit) {
  Call const& call = visit.call;
  RunFilter filter = repository_of(call);
  filter.workflow_file = call.segments[2];
  filter.event = call.parameter("event");
  filter.status = call.parameter("status");
  std::string const created = call.parameter("created");
  if (!created.empty() && !read_created(created, filter))
    return rest_error(422, "Validation Failed: \"created\" is no time or range of times");
  json::array runs;
  for (Job const* job : find_runs(visit.live.model.world(), filter))
    runs.push_back(run_json(*job, call.base_url));
  return page_reply(call, "workflow_runs", runs);
}

http::ServerResponse get_workflow_run(UserVisit const& visit) {
  Job const* const job = run_of(visit);
  if (job == nullptr) return rest_error(404, "Not Found");
  return json_reply(200, run_json(*job, visit.call.base_url));
}

http::ServerResponse cancel_workflow_run(UserVisit const& visit) {
  Job const* const job = run_of(visit);
  if (job == nullptr) return rest_error(404, "Not Found");
  if (job->state == JobState::completed)
    return rest_error(409, "Cannot cancel a workflow run that is completed.");
  static_cast<void>(visit.live.model.cancel_job(visit.live.now(), std::string(job->facts.job_id)));
  return json_reply(202, json::object());
}

http::ServerResponse rerun_failed_jobs(UserVisit const& visit) {
  Job const* const job = run_of(visit);
  if (job == nullptr) return rest_error(404, "Not Found");
  if (job->state != JobState::completed)
    return rest_error(403, "This workflow run is already running");
  if (run_conclusion(*job) == "success")
    return rest_error(403, "This workflow run has no failed jobs");
  static_cast<void>(visit.live.model.rerun_job(visit.live.now(), std::string(job->facts.job_id)));
  return json_reply(201, json::object());
}

http::ServerResponse list_run_jobs(UserVisit const& visit) {
  Job const* const job = run_of(visit);
  if (job == nullptr) return rest_error(404, "Not Found");
  return page_reply(visit.call, "jobs", json::array{job_json(*job, visit.call.base_url)});
}

http::ServerResponse get_workflow_job(UserVisit const& visit) {
  Call const& call = visit.call;
  Job const* const job = find_job(visit.live.model.world(), repository_of(call), call.number(2));
  if (job == nullptr) return rest_error(404, "Not Found");
  return json_reply(200, job_json(*job, call.base_url));
}

}  // namespace scaleset::simulator
