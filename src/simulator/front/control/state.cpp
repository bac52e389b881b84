#include "simulator/front/control/state.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <ranges>

#include "base/rfc3339.hpp"
#include "simulator/front/github/wire_json.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

json::value time_json(std::optional<Timestamp> time) {
  if (!time) return nullptr;
  return json::value(base::format_rfc3339(*time));
}

json::object set_json(Model const& model, std::string const& tenant, ScaleSet const& set) {
  json::array labels;
  for (Label const& label : set.labels) labels.push_back(json::value(label.name));
  json::object body;
  body["id"] = set.id.value;
  body["name"] = set.name;
  body["runnerGroupId"] = set.group.value;
  body["labels"] = std::move(labels);
  body["session"] = nullptr;
  if (set.session) {
    json::object session;
    session["id"] = set.session->id;
    session["owner"] = set.session->owner;
    body["session"] = std::move(session);
  }
  body["advertisedCapacity"] = set.advertised_capacity;
  // Events that wait for their batch window to close are a message that only lacks a number.
  body["undeletedMessages"] = set.queue.log.size() + (set.queue.pending.empty() ? 0U : 1U);
  body["statistics"] = statistics_json(model.statistics(tenant, set.id));
  return body;
}

json::object runner_view(Runner const& runner) {
  json::object body;
  body["id"] = runner.id.value;
  body["name"] = runner.name;
  body["scaleSetId"] = runner.scale_set.value;
  body["state"] = runner.job ? "busy" : runner.online ? "online" : "provisioned";
  return body;
}

json::object view_of(Job const& job) {
  json::object body;
  body["jobId"] = job.facts.job_id;
  body["displayName"] = job.facts.display_name;
  body["state"] = to_string(job.state);
  body["result"] = job.result;
  body["runnerName"] = job.runner_name;
  body["attempts"] = job.attempts;
  body["queueTime"] = time_json(job.facts.queue_time);
  body["assignTime"] = time_json(job.facts.assign_time);
  body["runnerTime"] = time_json(job.facts.runner_time);
  body["finishTime"] = time_json(job.facts.finish_time);
  return body;
}

json::array jobs_view(Tenant const& tenant) {
  std::vector<Job const*> jobs;
  // Finished and unfinished jobs are kept apart; shown, they are one list in the order of their
  // creation.
  jobs.reserve(tenant.finished.size() + tenant.jobs.size());
  for (Job const& job : tenant.finished) jobs.push_back(&job);
  for (Job const& job : tenant.jobs | std::views::values) jobs.push_back(&job);
  std::ranges::sort(jobs,
                    [](Job const* a, Job const* b) { return a->facts.request < b->facts.request; });
  json::array list;
  for (Job const* job : jobs) list.push_back(view_of(*job));
  return list;
}

json::object tenant_view(Model const& model, std::string const& key, Tenant const& tenant) {
  json::array sets;
  for (ScaleSet const& set : tenant.scale_sets | std::views::values)
    sets.push_back(set_json(model, key, set));
  json::array runners;
  for (Runner const& runner : tenant.runners | std::views::values)
    runners.push_back(runner_view(runner));
  json::object body;
  body["path"] = tenant.path;
  body["scaleSets"] = std::move(sets);
  body["runners"] = std::move(runners);
  body["jobs"] = jobs_view(tenant);
  return body;
}

json::object counters_view(Counters const& counters) {
  json::object body;
  body["messagesAcknowledged"] = counters.messages_acknowledged;
  body["messagesDelivered"] = counters.messages_delivered;
  body["jitConfigs"] = counters.jit_configs;
  body["runnersOnline"] = counters.runners_online;
  body["sessionsCreated"] = counters.sessions_created;
  return body;
}

json::object state_view(Model const& model, Timestamp now) {
  json::array tenants;
  for (auto const& [key, tenant] : model.world().tenants)
    tenants.push_back(tenant_view(model, key, tenant));
  json::object body;
  body["now"] = time_json(now);
  body["profile"] = to_string(model.options().profile);
  body["tenants"] = std::move(tenants);
  body["counters"] = counters_view(model.world().counters);
  return body;
}

}  // namespace

http::ServerResponse control_state(Call const&, LiveModel& live) {
  live.catch_up();
  return json_reply(200, state_view(live.model, live.now()));
}

std::optional<json::object> job_view(Model const& model, std::string_view job_id) {
  for (Tenant const& tenant : model.world().tenants | std::views::values) {
    for (Job const& job : tenant.finished) {
      if (job.facts.job_id == job_id) return view_of(job);
    }
    for (Job const& job : tenant.jobs | std::views::values) {
      if (job.facts.job_id == job_id) return view_of(job);
    }
  }
  return std::nullopt;
}

}  // namespace scaleset::simulator
