#include "simulator/front/github/workflow_runs.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <ranges>

#include "base/rfc3339.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kWorkflowFolder = "/.github/workflows/";

bool is_of(Job const& job, RunFilter const& filter) {
  return equal_ignoring_case(job.facts.owner, filter.owner) &&
         equal_ignoring_case(job.facts.repository, filter.repository);
}

/// A job is a run: the simulator has no runs of several jobs.
bool passes(Job const& job, RunFilter const& filter) {
  if (!is_of(job, filter)) return false;
  if (!filter.workflow_file.empty() && workflow_of(job.facts).file != filter.workflow_file)
    return false;
  if (!filter.event.empty() && job.facts.event_name != filter.event) return false;
  bool const status_fits = filter.status.empty() || run_status(job) == filter.status ||
                           run_conclusion(job) == filter.status;
  return status_fits && (!filter.earliest || job.facts.queue_time >= *filter.earliest) &&
         (!filter.latest || job.facts.queue_time <= *filter.latest);
}

/// Visits all jobs, completed ones included.
template <class Visitor>
void for_each_job(World const& world, Visitor visit) {
  for (Tenant const& tenant : world.tenants | std::views::values) {
    for (Job const& job : tenant.finished) visit(job);
    for (Job const& job : tenant.jobs | std::views::values) visit(job);
  }
}

/// The last of the repository's jobs that `wanted` is true for. Null if there is none.
template <class Wanted>
Job const* find_where(World const& world, RunFilter const& repository, Wanted wanted) {
  Job const* found = nullptr;
  for_each_job(world, [&](Job const& job) {
    if (wanted(job) && is_of(job, repository)) found = &job;
  });
  return found;
}

void add_status(json::object& body, Job const& job) {
  body["status"] = run_status(job);
  body["conclusion"] = nullptr;
  if (std::string_view const conclusion = run_conclusion(job); !conclusion.empty())
    body["conclusion"] = conclusion;
}

/// A date without a time is the beginning of that day.
std::optional<Timestamp> read_time(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  std::string whole(text);
  if (text.size() == kDateLength) whole += "T00:00:00Z";
  return base::parse_rfc3339(whole);
}

}  // namespace

WorkflowPlace workflow_of(JobFacts const& facts) {
  std::string_view const ref = facts.workflow_ref;
  std::size_t const folder = ref.find(kWorkflowFolder);
  if (folder == std::string_view::npos) return {};
  std::string_view const rest = ref.substr(folder + kWorkflowFolder.size());
  std::size_t const at = rest.find('@');
  WorkflowPlace workflow;
  workflow.file = rest.substr(0, at);
  if (at != std::string_view::npos) workflow.ref = workflow.branch = rest.substr(at + 1);
  for (std::string_view const prefix : {"refs/heads/", "refs/tags/"}) {
    if (workflow.branch.starts_with(prefix)) workflow.branch.remove_prefix(prefix.size());
  }
  return workflow;
}

std::string_view run_status(Job const& job) noexcept {
  if (job.state == JobState::completed) return "completed";
  return job.state == JobState::running ? "in_progress" : "queued";
}

std::string_view run_conclusion(Job const& job) noexcept {
  if (job.state != JobState::completed) return "";
  if (job.result == "succeeded") return "success";
  // The queue and the REST API spell it differently (protocol.md 6.5).
  if (job.result == "canceled") return "cancelled";
  if (job.result == "skipped") return "skipped";
  return "failure";
}

bool read_created(std::string_view text, RunFilter& filter) {
  std::size_t const dots = text.find("..");
  std::string_view from = text.substr(0, dots);
  std::string_view to;
  if (dots != std::string_view::npos) {
    to = text.substr(dots + 2);
  } else if (text.starts_with('<')) {
    to = text.substr(text.starts_with("<=") ? 2 : 1);
    from = {};
  } else if (text.starts_with('>')) {
    from.remove_prefix(text.starts_with(">=") ? 2 : 1);
  } else {
    return false;
  }
  if (!from.empty()) filter.earliest = read_time(from);
  if (!to.empty()) filter.latest = read_time(to);
  return (from.empty() || filter.earliest) && (to.empty() || filter.latest);
}

std::vector<Job const*> find_runs(World const& world, RunFilter const& filter) {
  std::vector<Job const*> found;
  for_each_job(world, [&](Job const& job) {
    if (passes(job, filter)) found.push_back(&job);
  });
  // Newest first, as GitHub lists them.
  std::ranges::sort(found, [](Job const* a, Job const* b) {
    return a->facts.workflow_run_id > b->facts.workflow_run_id;
  });
  return found;
}

Job const* find_run(World const& world, RunFilter const& repository, std::int64_t run_id) {
  return find_where(world, repository,
                    [&](Job const& job) { return job.facts.workflow_run_id == run_id; });
}

std::int64_t job_number(Job const& job) noexcept {
  constexpr std::int64_t kMostAttempts = 100;
  return job.facts.workflow_run_id * kMostAttempts + job.facts.run_attempt % kMostAttempts;
}

Job const* find_job(World const& world, RunFilter const& repository, std::int64_t number) {
  return find_where(world, repository, [&](Job const& job) { return job_number(job) == number; });
}

json::object job_json(Job const& job, std::string const& base_url) {
  JobFacts const& facts = job.facts;
  std::string const number = std::to_string(job_number(job));
  std::string const run = std::to_string(facts.workflow_run_id);
  std::string const place = facts.owner + "/" + facts.repository + "/actions/";
  WorkflowPlace const workflow = workflow_of(facts);
  json::array labels;
  for (std::string const& label : facts.labels) labels.push_back(json::value(label));
  json::object body;
  body["id"] = job_number(job);
  body["run_id"] = facts.workflow_run_id;
  body["run_attempt"] = facts.run_attempt;
  body["run_url"] = base_url + "/api/v3/repos/" + place + "runs/" + run;
  body["url"] = base_url + "/api/v3/repos/" + place + "jobs/" + number;
  body["html_url"] = base_url + "/" + place + "runs/" + run + "/job/" + number;
  body["name"] = facts.display_name;
  body["workflow_name"] = workflow.file;
  body["head_branch"] = workflow.branch;
  add_status(body, job);
  body["created_at"] = base::format_rfc3339(facts.queue_time);
  body["started_at"] = base::format_rfc3339(facts.runner_time.value_or(facts.queue_time));
  body["completed_at"] = nullptr;
  if (facts.finish_time) body["completed_at"] = base::format_rfc3339(*facts.finish_time);
  body["labels"] = std::move(labels);
  body["runner_id"] = job.runner.value;
  body["runner_name"] = job.runner_name;
  body["steps"] = json::array();
  return body;
}

json::object run_json(Job const& job, std::string const& base_url) {
  JobFacts const& facts = job.facts;
  WorkflowPlace const workflow = workflow_of(facts);
  std::string const place = facts.owner + "/" + facts.repository + "/actions/runs/" +
                            std::to_string(facts.workflow_run_id);
  Timestamp const updated =
      facts.finish_time.value_or(facts.runner_time.value_or(facts.queue_time));
  json::object body;
  body["id"] = facts.workflow_run_id;
  body["name"] = facts.display_name;
  body["head_branch"] = workflow.branch;
  body["path"] = ".github/workflows/" + std::string(workflow.file);
  body["run_number"] = facts.request.value;
  body["run_attempt"] = facts.run_attempt;
  body["event"] = facts.event_name;
  add_status(body, job);
  body["url"] = base_url + "/api/v3/repos/" + place;
  body["html_url"] = base_url + "/" + place;
  body["created_at"] = base::format_rfc3339(facts.queue_time);
  body["updated_at"] = base::format_rfc3339(updated);
  body["run_started_at"] = base::format_rfc3339(facts.queue_time);
  return body;
}

}  // namespace scaleset::simulator
