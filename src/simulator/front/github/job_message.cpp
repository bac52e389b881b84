#include "simulator/front/github/job_message.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "base/rfc3339.hpp"
#include "simulator/front/github/workflow_runs.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kZeroUuid = "00000000-0000-0000-0000-000000000000";

/// A UUID of its own for each thing that belongs to the job.
std::string uuid_of(Job const& job, unsigned number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = job.plan_id;
  std::size_t const first = kDigits.find(id.front());
  id.front() = kDigits[(first + number) % kDigits.size()];
  return id;
}

// --- template tokens: {"type":0,"lit":"text"} and {"type":2,"map":[{"Key","Value"}]}

json::object literal(std::string_view text) {
  json::object token;
  token["type"] = 0;
  token["lit"] = text;
  return token;
}

// --- context data: {"t":2,"d":[{"k","v"}]} is an object; scalars stand for themselves

class Context {
 public:
  Context& add(std::string_view name, json::value value) {
    json::object pair;
    pair["k"] = name;
    pair["v"] = std::move(value);
    pairs_.push_back(std::move(pair));
    return *this;
  }
  json::object take() {
    json::object made;
    made["t"] = 2;
    made["d"] = std::move(pairs_);
    return made;
  }

 private:
  json::array pairs_;
};

json::object github_context(Job const& job, JobPlaces const& places) {
  JobFacts const& facts = job.facts;
  WorkflowPlace const workflow = workflow_of(facts);
  std::string const repository = facts.owner + "/" + facts.repository;
  Context context;
  context.add("repository", json::value(repository))
      .add("repository_owner", json::value(facts.owner))
      .add("run_id", json::value(std::to_string(facts.workflow_run_id)))
      .add("run_number", json::value(std::to_string(facts.request.value)))
      .add("run_attempt", json::value(std::to_string(facts.run_attempt)))
      .add("workflow", json::value(workflow.file))
      .add("workflow_ref", json::value(facts.workflow_ref))
      .add("job", json::value(facts.display_name))
      .add("event_name", json::value(facts.event_name))
      .add("event", Context().take())
      .add("ref", json::value(workflow.ref))
      .add("ref_name", json::value(workflow.branch))
      .add("sha", json::value(std::string(40, '0')))
      .add("actor", json::value("simulator"))
      .add("triggering_actor", json::value("simulator"))
      .add("server_url", json::value(places.base_url))
      .add("api_url", json::value(places.base_url + "/api/v3"))
      .add("graphql_url", json::value(places.base_url + "/api/graphql"))
      .add("retention_days", json::value("90"));
  return context.take();
}

json::object context_data(Job const& job, JobPlaces const& places) {
  Context strategy;
  strategy.add("fail-fast", true).add("job-index", 0).add("job-total", 1).add("max-parallel", 1);
  json::object contexts;
  contexts["github"] = github_context(job, places);
  contexts["inputs"] = Context().take();
  contexts["matrix"] = nullptr;
  contexts["needs"] = Context().take();
  contexts["strategy"] = strategy.take();
  contexts["vars"] = Context().take();
  return contexts;
}

json::object variables(Tenant const& tenant, Job const& job, JobPlaces const& places) {
  json::object all;
  auto const add = [&](std::string_view name, std::string_view value, bool is_secret = false) {
    json::object one;
    one["value"] = value;
    one["isSecret"] = is_secret;
    all[name] = std::move(one);
  };
  add("system.github.job", job.facts.display_name);
  add("system.github.token", places.github_token, true);
  add("github_token", places.github_token, true);
  add("system.github.results_endpoint", places.base_url + "/");
  add("system.github.launch_endpoint", places.base_url + "/");
  add("system.orchestrationId", job.plan_id + "." + job.facts.display_name + ".__default");
  add("system.runnerGroupName", tenant.groups.front().name);
  add("system.from_run_service", "true");
  if (job.plan.script.empty()) {
    add("simulator.durationMilliseconds", std::to_string(job.plan.duration.count()));
    add("simulator.result", job.plan.result);
  }
  return all;
}

/// What the step runs.
std::string script_of(JobPlan const& plan) {
  if (!plan.script.empty()) return plan.script;
  std::string milliseconds = std::to_string(plan.duration.count() % 1000);
  milliseconds.insert(0, 3 - milliseconds.size(), '0');
  std::string const seconds = std::to_string(plan.duration.count() / 1000);
  return "sleep " + seconds + "." + milliseconds + "\nexit " +
         (plan.result == "succeeded" ? "0" : "1");
}

json::object script_step(Job const& job) {
  std::string const script = script_of(job.plan);
  json::object input;
  input["Key"] = literal("script");
  input["Value"] = literal(script);
  json::object inputs;
  inputs["type"] = 2;
  inputs["map"] = json::array{std::move(input)};
  json::object reference;
  reference["type"] = "script";
  json::object step;
  step["type"] = "action";
  step["reference"] = std::move(reference);
  step["id"] = uuid_of(job, 2);
  step["name"] = "__run";
  step["contextName"] = "__run";
  step["condition"] = "success()";
  step["displayNameToken"] = literal("Run " + script.substr(0, script.find('\n')));
  step["inputs"] = std::move(inputs);
  return step;
}

json::object connection(JobPlaces const& places) {
  json::object parameters;
  parameters["AccessToken"] = places.job_token;
  json::object authorization;
  authorization["scheme"] = "OAuth";
  authorization["parameters"] = std::move(parameters);
  json::object data;
  data["ResultsServiceUrl"] = places.base_url + "/";
  data["PipelinesServiceUrl"] = places.server_url;
  data["CacheServerUrl"] = places.base_url + "/cache/";
  data["GenerateIdTokenUrl"] = places.base_url + "/idtoken";
  json::object endpoint;
  endpoint["name"] = "SystemVssConnection";
  endpoint["url"] = places.run_service_url;
  endpoint["authorization"] = std::move(authorization);
  endpoint["data"] = std::move(data);
  endpoint["isShared"] = false;
  endpoint["isReady"] = true;
  return endpoint;
}

json::object mask_of(std::string const& secret) {
  json::object mask;
  mask["type"] = "regex";
  mask["value"] = secret;
  return mask;
}

json::object plan_of(Job const& job) {
  json::object plan;
  plan["scopeIdentifier"] = kZeroUuid;
  plan["planType"] = "actions";
  plan["version"] = 1;
  plan["planId"] = job.plan_id;
  plan["planGroup"] = nullptr;
  return plan;
}

json::object timeline_of(Job const& job) {
  json::object timeline;
  timeline["id"] = uuid_of(job, 1);
  timeline["changeId"] = 1;
  timeline["location"] = nullptr;
  return timeline;
}

}  // namespace

json::object job_message(Tenant const& tenant, Job const& job, JobPlaces const& places) {
  json::object resources;
  resources["endpoints"] = json::array{connection(places)};
  json::object body;
  body["messageType"] = "RunnerJobRequest";
  body["plan"] = plan_of(job);
  body["timeline"] = timeline_of(job);
  body["jobId"] = job.facts.job_id;
  body["jobName"] = job.facts.display_name;
  body["jobDisplayName"] = job.facts.display_name;
  body["requestId"] = job.facts.request.value;
  body["lockedUntil"] = base::format_rfc3339(job.lock_until);
  body["billingOwnerId"] = "1";
  body["variables"] = variables(tenant, job, places);
  body["contextData"] = context_data(job, places);
  body["steps"] = json::array{script_step(job)};
  body["mask"] = json::array{mask_of(places.job_token), mask_of(places.github_token)};
  body["fileTable"] =
      json::array{json::value(".github/workflows/" + std::string(workflow_of(job.facts).file))};
  body["resources"] = std::move(resources);
  return body;
}

}  // namespace scaleset::simulator
