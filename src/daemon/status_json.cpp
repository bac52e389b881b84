#include "daemon/status_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <optional>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"
#include "daemon/set_address.hpp"
#include "scaleset/version.hpp"

namespace scaleset::daemon {
namespace {

namespace json = boost::json;

/// Jobs and engines may send any bytes.
json::string text(std::string_view value) { return json::string(base::valid_utf8(value)); }

json::string time_of(fleet::TimePoint when, Now const& now) {
  auto const wall =
      now.wall - std::chrono::duration_cast<std::chrono::system_clock::duration>(now.steady - when);
  return json::string(base::format_rfc3339(std::chrono::floor<std::chrono::seconds>(wall)));
}

json::value job_of(fleet::Runner const& runner) {
  if (!runner.job) return nullptr;
  JobInfo const& job = *runner.job;
  std::string const repository = job.repository.empty() ? "" : job.owner + "/" + job.repository;
  return json::object{{"jobId", text(job.job_id)},
                      {"jobDisplayName", text(job.job_display_name)},
                      {"repository", text(repository)},
                      {"jobWorkflowRef", text(job.workflow_ref)},
                      {"workflowRunId", job.workflow_run_id}};
}

json::object runner_of(std::string const& name, fleet::Runner const& runner, Now const& now) {
  json::object object{{"name", text(name)},
                      {"state", fleet::to_string(runner.state)},
                      {"since", time_of(runner.since, now)},
                      {"reference", text(runner.reference)},
                      {"version", text(runner.version)},
                      {"job", job_of(runner)}};
  object["id"] = runner.id ? json::value(runner.id->value) : json::value(nullptr);
  return object;
}

json::object counts_of(fleet::Counts const& counts) {
  return {{"planned", counts.planned},     {"starting", counts.starting},
          {"idle", counts.idle},           {"busy", counts.busy},
          {"finishing", counts.finishing}, {"lost", counts.lost},
          {"retiring", counts.retiring},   {"stopping", counts.stopping},
          {"cleaning", counts.cleaning},   {"condemned", counts.condemned}};
}

json::value jobs_of(std::optional<Statistics> const& statistics) {
  if (!statistics) return nullptr;
  return json::object{{"available", statistics->available_jobs},
                      {"assigned", statistics->assigned_jobs},
                      {"running", statistics->running_jobs}};
}

json::object problem_of(SetProblem const& problem, Now const& now) {
  return {{"text", text(problem.text)},
          {"since", time_of(problem.since, now)},
          {"failures", problem.failures}};
}

json::value schedule_of(std::optional<fleet::InForce> const& schedule) {
  if (!schedule) return nullptr;
  json::object object{{"cron", nullptr}, {"zone", nullptr}};
  if (!schedule->cron.empty()) {
    object["cron"] = text(schedule->cron);
    object["zone"] = text(schedule->zone);
  }
  object["until"] = base::format_rfc3339(schedule->until);
  return object;
}

json::object set_of(SetSnapshot const& set, Now const& now) {
  json::array runners;
  for (auto const& [name, runner] : set.runners) runners.push_back(runner_of(name, runner, now));
  json::array problems;
  for (auto const& problem : set.problems) problems.push_back(problem_of(problem, now));
  json::object object{{"name", text(set.owner.name)},
                      {"url", text(set.owner.url)},
                      {"address", text(address_of(set.owner))},
                      {"id", set.id.value},
                      {"phase", to_string(set.phase)},
                      {"ready", set.ready},
                      {"state", to_string(set.readiness)},
                      {"reason", text(set.reason)},
                      {"warning", text(set.warning)},
                      {"suspended", fleet::to_string(set.suspension)},
                      {"minIdle", set.min_idle},
                      {"maxRunners", set.max_runners},
                      {"capacity", set.capacity},
                      {"held", set.held},
                      {"phantom", set.phantom}};
  if (!set.budget.empty()) {
    json::object budget{{"name", text(set.budget)}};
    if (set.share) budget["mayHave"] = set.share->may_have;
    object["budget"] = std::move(budget);
  }
  object["schedule"] = schedule_of(set.schedule);
  object["since"] = set.since ? json::value(time_of(*set.since, now)) : json::value(nullptr);
  object["wanted"] = set.target ? json::value(*set.target) : json::value(nullptr);
  object["jobs"] = jobs_of(set.statistics);
  object["counts"] = counts_of(set.counts);
  object["problems"] = std::move(problems);
  object["runners"] = std::move(runners);
  return object;
}

}  // namespace

std::string status_json(Snapshot const& snapshot, Now const& now, int process_id) {
  json::array sets;
  for (auto const& set : snapshot.sets) sets.push_back(set_of(set, now));
  json::object object{
      {"version", kVersion}, {"processId", process_id}, {"time", time_of(now.steady, now)}};
  json::array problems;
  for (auto const& problem : snapshot.problems) problems.push_back(text(problem));
  object["problems"] = std::move(problems);
  object["sets"] = std::move(sets);
  return json::serialize(object);
}

}  // namespace scaleset::daemon
